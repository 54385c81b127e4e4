-- name: average_rank
-- doc: the rank of a value within a group, 1 = lowest; equal values share the mean of the ranks that they take up
-- reads: none

create or replace temp macro average_rank(in_group, ranked) as
rank() over (partition by in_group order by ranked)
+ (count(*) over (partition by in_group, ranked) - 1) / 2.0;
