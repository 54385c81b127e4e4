-- name: stage_rank
-- doc: place of a stage in the order in which people read of stages; NULL for one that is not listed
-- reads: none

create or replace temp macro stage_rank(stage) as
list_position(['embed', 'neighbours', 'reduce', 'linkage', 'cluster', 'score', 'probe'], stage);
