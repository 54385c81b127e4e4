-- name: 0002_tracked_runs
-- doc: runs that were tracked elsewhere say so, and how long their embedding and reduction took

alter table run add column embed_wall_s double;
alter table run add column reduce_wall_s double;
alter table run add column tracked_in varchar;

update run
set tracked_in = coalesce(versions ->> '$.source', 'unknown')
where host = 'imported';

comment on column run.embed_wall_s is
    'wall time of the embedding, in seconds, as a tracker recorded it with the run; NULL where the embedding has a row';
comment on column run.reduce_wall_s is
    'wall time of the reduction, in seconds, as a tracker recorded it with the run; NULL where the reduction has a row';
comment on column run.tracked_in is
    'file of tracked runs that an import read it from; NULL where zscwh computed it';
comment on column run.host is
    'machine that computed it; imported where it was tracked elsewhere';
