-- name: projection
-- doc: one row per two-dimensional reduction kept for drawing
-- key: reduction_key
-- refers:
--   reduction_key reduction, else left out

create table projection (
    reduction_key varchar not null,
    x float[] not null,
    y float[] not null,
    primary key (reduction_key)
);

comment on table projection is 'One row per two-dimensional reduction kept for drawing.';
comment on column projection.reduction_key is
    'the reduction';
comment on column projection.x is
    'first coordinate of every sample, in sample order; NULL where it could not be read';
comment on column projection.y is
    'second coordinate of every sample, in sample order; NULL where it could not be read';
