-- name: measured_recipe
-- doc: one row per recipe (dataset, encoder, reducer, clusterer) that was clustered, labelled or not, with what its seeds measured and their assignments on some samples
-- reads: judged_cell, assignment, is_shown

-- A score is the median over seeds and runs. Assignments are those of at most of_samples
-- samples, spread evenly and the same for all recipes of a dataset; in the order of seeds.
create or replace temp macro measured_recipe(in_grid, of_datasets, of_samples) as table
with cells as (
    select
        is_current or in_grid is not null as is_current,
        dataset,
        dataset_key,
        encoder,
        family = 'supervised' and not fine_tuned as is_supervised,
        reducer,
        clusterer,
        seed,
        cell_key,
        max(n_samples) over (partition by dataset) as n_samples,
        max(n_classes) over (partition by dataset) as n_classes,
        n_clusters,
        noise_fraction,
        ami,
        silhouette,
        silhouette_original,
        silhouette_umap,
        labels
    from judged_cell
    left join assignment using (run_key)
    where
        run_key is not null
        and is_shown(grid, is_current, in_grid, of_datasets)
),

places as (
    select
        n_samples,
        -- by the golden ratio, so that no period of the order is met
        [
            place for place in range(1, n_samples + 1)
            if (place * 2654435761) % 4294967296 < 4294967296.0 * of_samples / n_samples
        ] as places
    from (select distinct n_samples from cells)
)

select
    is_current,
    dataset,
    dataset_key,
    encoder,
    is_supervised,
    reducer,
    clusterer,
    max(n_samples) as n_samples,
    max(n_classes) as n_classes,
    count(distinct cell_key) as n_seeds,
    cast(median(n_clusters) as bigint) as n_clusters,
    avg(noise_fraction) as noise_fraction,
    median(ami) as ami,
    median(silhouette) as silhouette,
    median(silhouette_original) as silhouette_original,
    median(silhouette_umap) as silhouette_umap,
    coalesce(
        list([labels[place] for place in places] order by seed, cell_key)
            filter (where labels is not null),
        []
    ) as partitions
from cells
inner join places using (n_samples)
group by is_current, dataset, dataset_key, encoder, is_supervised, reducer, clusterer;
