-- name: grid_score
-- doc: one row per grid and score that it declares
-- key: grid_key, score
-- refers:
--   grid_key grid

create table grid_score (
    grid_key varchar not null,
    score varchar not null,
    metric varchar not null,
    space varchar not null,
    subset varchar not null,
    primary key (grid_key, score)
);

comment on table grid_score is 'One row per grid and score that it declares.';
comment on column grid_score.grid_key is
    'the grid';
comment on column grid_score.score is
    'name of the score in the catalog';
comment on column grid_score.metric is
    'metric';
comment on column grid_score.space is
    'space';
comment on column grid_score.subset is
    'subset';
