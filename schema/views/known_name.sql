-- name: known_name
-- doc: one row per kind of name and name that a parameter of this kind can ask for
-- reads: name_version, grid_version, dataset_fact, encoder_fact, label_level, grid_score, cell, computed, task

create or replace view known_name as
select
    kind,
    label as name
from name_version
union
select
    'name' as kind,
    name
from name_version
union
select
    'grid' as kind,
    grid
from grid_version
union
select
    'domain_group' as kind,
    domain_group
from dataset_fact
where domain_group is not null
union
select
    'backbone' as kind,
    backbone
from encoder_fact
where backbone is not null
union
select
    'level' as kind,
    level
from label_level
union
select
    'score' as kind,
    score
from grid_score
union
select
    'seed' as kind,
    cast(seed as varchar)
from cell
union
select
    'stage' as kind,
    stage
from computed
union
select
    'stage' as kind,
    stage
from task
union
select
    'host' as kind,
    host
from computed
union
select
    'library' as kind,
    unnest(json_keys(versions))
from computed
where json_type(versions) = 'OBJECT';
