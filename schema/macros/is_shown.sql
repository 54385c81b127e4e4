-- name: is_shown
-- doc: whether a cell belongs to what is asked for: the cells of a grid, or of no grid in particular
-- reads: none

-- A grid shows what it wants. Without one, what a name no longer means comes back where a
-- filter asks for it by its version.
create or replace temp macro is_shown(grid, is_current, in_grid, filters) as
grid is not distinct from in_grid
and (
    is_current
    or in_grid is not null
    or coalesce(contains(array_to_string(cast(filters as varchar[]), ' '), '@'), false)
);
