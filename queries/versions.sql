-- name: versions
-- doc: one row per stage, library and version that computed something
-- params:
--   $stage stage = null       only this stage, such as embed
--   $library library = null   only this library
-- columns:
--   library text           name of the library, or python
--   version text           its version
--   stage text             kind of work, such as embed
--   n bigint               results computed with it: embeddings, reductions or runs
--   first_at timestamptz   the earliest of them
--   last_at timestamptz    the latest of them
-- reads: computed, stage_rank

with pairs as (
    select
        stage,
        made_at,
        unnest(json_keys(versions)) as library,
        versions
    from computed
    where json_type(versions) = 'OBJECT'
),

final as (
    select
        library,
        map_extract_value(cast(versions as map(varchar, varchar)), library) as version,
        stage,
        count(*) as n,
        min(made_at) as first_at,
        max(made_at) as last_at
    from pairs
    where
        ($stage is null or stage = $stage)
        and ($library is null or library = $library)
    group by library, version, stage
)

select
    library,
    version,
    stage,
    n,
    first_at,
    last_at
from final
order by library, version, stage_rank(stage);
