-- name: is_any_of
-- doc: whether a name is one of a list; without a list every name is
-- reads: none

create or replace temp macro is_any_of(one, listed) as
listed is null or list_contains(cast(listed as varchar[]), one);
