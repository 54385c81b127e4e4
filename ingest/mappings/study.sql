-- name: study
-- doc: runs that the code of the study (arXiv 2406.02465) tracked, as its tracker exports them
-- inputs:
--   seed integer                                 seed of reducer and clusterer
--   model text required                          encoder
--   dataset_name text required                   dataset
--   partition text                               part of the dataset; unset: test
--   zoom_ratio double                            zoom of the images; unset: 1
--   id text                                      the tracker's name of the run
--   run_id text                                  the same, where the run keeps it itself
--   n_samples integer                            samples
--   num_cluster_true integer                     classes
--   num_cluster_pred integer                     clusters, without noise
--   ratio_unclustered double                     share of the samples that are noise
--   converged boolean                            whether the clusterer says that it converged
--   iter integer                                 iterations of the clusterer
--   State text                                   how the tracker says that the run ended
--   _timestamp timestamp                         when the run was tracked
--   time_clustering double                       seconds of the clustering alone
--   time_reducing double                         seconds of the whole reduction
--   time_pca double                              seconds of the PCA
--   time_reduce_man double                       seconds of UMAP or PaCMAP
--   predictions text                             .npz file of the predicted labels
--   dim_reducer text                             PCA, or unset
--   pca_variance double                          share of the variance that PCA keeps
--   ndim_reduced double                          dimensions that PCA keeps
--   zscore boolean                               whether features are standardised first
--   dim_reducer_man text                         UMAP, PaCMAP, or unset
--   ndim_reduced_man double                      dimensions of it
--   dim_reducer_man_nn double                    neighbours of it; unset: 30
--   dim_reducer_man_metric text                  metric of it; unset: euclidean
--   clusterer_name text                          clusterer
--   zscore2 text                                 standardisation of the reduced features
--   normalize boolean                            whether their rows get unit length
--   ndim_correction boolean                      whether they are scaled by their number
--   distance_metric text                         metric of the clusterer; unset: euclidean
--   spectral_affinity text                       unset: nearest_neighbors
--   spectral_assigner text                       unset: cluster_qr
--   spectral_n_neighbors double                  unset: 10
--   aggclust_linkage text                        unset: ward
--   aggclust_dist_thresh double                  distance where merging stops; unset: K is known
--   affinity_damping double                      unset: 0.9
--   affinity_conv_iter double                    unset: 15
--   hdbscan_method text                          unset: eom
--   max_samples double                           unset: 0.2
--   min_samples double                           unset: 5
--   louvain_resolution double                    resolution of the communities
--   louvain_remove_self_loops boolean            unset: false
--   AMI double                                   ami
--   AMI_clus double                              ami, without noise
--   ARI double                                   ari
--   ARI_clus double                              ari, without noise
--   FMS double                                   fowlkes mallows
--   FMS_clus double                              fowlkes mallows, without noise
--   completeness double                          completeness
--   completeness_clus double                     completeness, without noise
--   homogeneity double                           homogeneity
--   homogeneity_clus double                      homogeneity, without noise
--   CHS_pred double                              calinski harabasz, reduced space
--   CHS_pred_clus double                         calinski harabasz, reduced space, without noise
--   "CHS-fit_pred" double                        calinski harabasz, fit space
--   "CHS-fit_pred_clus" double                   calinski harabasz, fit space, without noise
--   "CHS-og_pred" double                         calinski harabasz, original space
--   "CHS-og_pred_clus" double                    calinski harabasz, original space, without noise
--   DBS_pred double                              davies bouldin, reduced space
--   DBS_pred_clus double                         davies bouldin, reduced space, without noise
--   "DBS-fit_pred" double                        davies bouldin, fit space
--   "DBS-fit_pred_clus" double                   davies bouldin, fit space, without noise
--   "DBS-og_pred" double                         davies bouldin, original space
--   "DBS-og_pred_clus" double                    davies bouldin, original space, without noise
--   "silhouette-euclidean_pred" double           silhouette, reduced space
--   "silhouette-euclidean_pred_clus" double      silhouette, reduced space, without noise
--   "silhouette-fit-euclidean_pred" double       silhouette, fit space
--   "silhouette-fit-euclidean_pred_clus" double  silhouette, fit space, without noise
--   "silhouette-og-euclidean_pred" double        silhouette, original space
--   "silhouette-og-euclidean_pred_clus" double   silhouette, original space, without noise
--   "silhouette-umap-euclidean_pred" double      silhouette, umap space
--   "silhouette-umap-euclidean_pred_clus" double silhouette, umap space, without noise
-- ignores:
--   Unnamed: 0, ID, name, Name, Notes, User, Tags, Created, Runtime, Sweep, Updated
--   End Time, Hostname, Description, Commit, GPU Count, GPU Type, Group, Job Type, _*
--   run_name, log_wandb, disable_wandb, wandb_*
--   workers, verbose, memory_*, predictions_dir, embedding_dir, save_pred
--   image_size, encoding_dim, reduced_dim, ratio_clustered, pca_explained_ratio
--   *_true, *_true_clus
--   silhouette-*l1_*, silhouette-*chebyshev_*, silhouette-*arccos_*
--   silhouette-nrm*, silhouette-zs2*, silhouette-azs2*
--   clusterer_args, pca_kernel, max_iter, spectral_n_components, louvain_threshold

-- Where a setting has no value, that of the study is meant, so that a table of results
-- without its settings can be read too. Other settings get names of their own and are
-- never mixed with those of the study; a line that gets no name is reported.
with run as (
    select
        *,
        coalesce(run_id, id) as run_name,
        not coalesce(zscore, false) as is_unscaled,
        coalesce(dim_reducer_man_nn, 30) as nn,
        coalesce(dim_reducer_man_metric, 'euclidean') as man_metric,
        coalesce(lower(zscore2), 'false') as standardised,
        coalesce(distance_metric, 'euclidean') as metric,
        coalesce(spectral_affinity, 'nearest_neighbors') as affinity,
        coalesce(spectral_assigner, 'cluster_qr') as assigner,
        coalesce(spectral_n_neighbors, 10) as neighbours,
        coalesce(aggclust_linkage, 'ward') as linkage,
        coalesce(affinity_damping, 0.9) as damping,
        coalesce(affinity_conv_iter, 15) as conv_iter,
        coalesce(min_samples, 5) as minimum
    from tracked
    where clusterer_name is not null or seed is not null
),

-- the job that measures silhouettes in UMAP space writes files of its own
umap as (
    select
        coalesce(run_id, id) as run_name,
        median("silhouette-umap-euclidean_pred") as silhouette,
        median("silhouette-umap-euclidean_pred_clus") as silhouette_clustered
    from tracked
    where coalesce(run_id, id) is not null
    group by coalesce(run_id, id)
),

reduced as (
    select
        *,
        case
            when dim_reducer = 'PCA' and dim_reducer_man is null then 'pca'
            when dim_reducer is not null then null
            when dim_reducer_man is null then 'none'
            when dim_reducer_man = 'UMAP' and is_unscaled then 'umap'
            when
                dim_reducer_man = 'PaCMAP'
                and is_unscaled
                and dim_reducer_man_nn is null
                and man_metric = 'euclidean'
                then 'pacmap'
        end as reducer_kind
    from run
),

clustered as (
    select
        *,
        case
            when
                clusterer_name = 'AgglomerativeClustering'
                and aggclust_dist_thresh is not null
                and standardised = 'average'
                and not coalesce(normalize, false)
                and ndim_correction
                then 'ac-unknown'
            when
                standardised <> 'false'
                or coalesce(normalize, false)
                or coalesce(ndim_correction, false)
                then null
            when clusterer_name = 'KMeans' then 'kmeans'
            when clusterer_name = 'SpectralClustering' then 'spectral'
            when
                clusterer_name in ('AgglomerativeClustering', 'AC w/ C')
                and aggclust_dist_thresh is null
                then 'ac-known'
            when clusterer_name = 'AffinityPropagation' then 'affinity'
            when
                clusterer_name = 'HDBSCAN'
                and coalesce(hdbscan_method, 'eom') = 'eom'
                and coalesce(max_samples, 0.2) = 0.2
                then 'hdbscan'
            when clusterer_name = 'LouvainCommunities' then 'louvain'
        end as slot,
        -- shares are written with few digits
        ratio_unclustered * n_samples as noise
    from reduced
)

select
    run.line,
    case when run.model in ('raw', 'none') then 'pixels' else run.model end as encoder,
    -- embeddings of another partition or zoom are other data
    run.dataset_name || case
        when coalesce(run.zoom_ratio, 1) <> 1
            then '-' || run.partition || format('-zoom{:g}', run.zoom_ratio)
        when run.partition <> 'test' then '-' || run.partition
        else ''
    end as dataset,
    run.n_samples as dataset_n_samples,
    case run.reducer_kind
        when 'none' then case when run.is_unscaled then 'none' else 'zscore' end
        when 'pca'
            then coalesce(
                format('pca-{:.2f}', run.pca_variance), format('pca-{:g}', run.ndim_reduced)
            ) || case when run.zscore = false then '-unscaled' else '' end
        when 'umap'
            then format('umap-{:g}', run.ndim_reduced_man) || case
                when run.nn = 30 and run.man_metric = 'euclidean' then ''
                else format('-nn{:g}-{}', run.nn, run.man_metric)
            end
        when 'pacmap' then format('pacmap-{:g}', run.ndim_reduced_man)
    end as reducer,
    run.reducer_kind,
    case run.reducer_kind
        when 'pca'
            then json_object(
                'pca_variance', run.pca_variance,
                'ndim_reduced', case when run.pca_variance is null then run.ndim_reduced end,
                'zscore', run.zscore is distinct from false
            )
        when 'umap'
            then json_object(
                'ndim_reduced_man', run.ndim_reduced_man,
                'dim_reducer_man_nn', run.nn,
                'dim_reducer_man_metric', run.man_metric
            )
        when 'pacmap' then json_object('ndim_reduced_man', run.ndim_reduced_man)
    end as reducer_params,
    case run.slot
        when 'kmeans' then 'kmeans'
        when 'spectral'
            then case
                when run.affinity <> 'nearest_neighbors' or run.assigner <> 'cluster_qr'
                    then format(
                        'spectral-{}-{}-nn{:g}', run.affinity, run.assigner, run.neighbours
                    )
                when run.neighbours = 10 then 'spectral'
                else format('spectral-nn{:g}', run.neighbours)
            end
        when 'ac-known'
            then case
                when run.linkage = 'ward' and run.metric = 'euclidean' then 'ac-known'
                else format('ac-known-{}-{}', run.linkage, run.metric)
            end
        when 'ac-unknown'
            then case
                when run.linkage <> 'ward' or run.metric <> 'euclidean'
                    then format(
                        'ac-unknown-{}-{}-{:g}',
                        run.linkage, run.metric, run.aggclust_dist_thresh
                    )
                when run.aggclust_dist_thresh = 2 then 'ac-unknown'
                else format('ac-unknown-ward-{:g}', run.aggclust_dist_thresh)
            end
        when 'affinity'
            then case
                when run.conv_iter <> 15
                    then format('affinity-{:.2f}-window{:g}', run.damping, run.conv_iter)
                when run.damping = 0.9 then 'affinity'
                else format('affinity-{:.2f}', run.damping)
            end
        when 'hdbscan'
            then 'hdbscan'
                || case when run.metric = 'euclidean' then '' else '-' || run.metric end
                || case when run.minimum = 5 then '' else format('-min{:g}', run.minimum) end
        when 'louvain'
            then format('louvain-{}-{:g}', run.distance_metric, run.louvain_resolution)
                || case when run.louvain_remove_self_loops then '-noloops' else '' end
    end as clusterer,
    case
        when run.slot in ('ac-known', 'ac-unknown') then 'agglomerative' else run.slot
    end as clusterer_kind,
    run.slot as clusterer_slot,
    case
        when run.slot in ('kmeans', 'spectral', 'ac-known') then 'labels' else 'estimated'
    end as clusterer_k_source,
    case when run.slot = 'ac-unknown' then 'average-zscore' end as clusterer_standardise,
    case when run.slot = 'ac-unknown' then true end as clusterer_dimension_correction,
    case run.slot
        when 'spectral'
            then json_object(
                'spectral_n_neighbors', run.neighbours,
                'spectral_affinity', run.affinity,
                'spectral_assigner', run.assigner
            )
        when 'ac-known'
            then json_object('aggclust_linkage', run.linkage, 'distance_metric', run.metric)
        when 'ac-unknown'
            then json_object(
                'aggclust_linkage', run.linkage,
                'distance_metric', run.metric,
                'aggclust_dist_thresh', run.aggclust_dist_thresh
            )
        when 'affinity'
            then json_object(
                'affinity_damping', run.damping, 'affinity_conv_iter', run.conv_iter
            )
        when 'hdbscan'
            then json_object('distance_metric', run.metric, 'min_samples', run.minimum)
        when 'louvain'
            then json_object(
                'distance_metric', run.distance_metric,
                'louvain_resolution', run.louvain_resolution,
                'louvain_remove_self_loops', coalesce(run.louvain_remove_self_loops, false)
            )
    end as clusterer_params,
    run.seed,
    case
        when run."State" in ('crashed', 'failed', 'killed') or run."AMI" is null then 'failed'
        when run.converged = false then 'not_converged'
        when run.num_cluster_pred in (0, 1) then 'degenerate'
    end as status,
    case
        when run."State" in ('crashed', 'failed', 'killed')
            then 'the tracker says ' || run."State"
        when run."AMI" is null then 'no AMI was tracked'
        when run.converged = false then 'stopped at the limit of iterations'
        when run.num_cluster_pred = 0 then 'every sample is noise'
        when run.num_cluster_pred = 1 then 'one cluster'
    end as reason,
    run.num_cluster_true as n_classes,
    run.num_cluster_pred as n_clusters,
    case when abs(run.noise - round(run.noise)) <= 0.01 then round(run.noise) else run.noise end
        as n_noise,
    run.converged,
    run.iter as n_iter,
    coalesce(
        run.time_reducing,
        run.time_pca + run.time_reduce_man,
        run.time_pca,
        run.time_reduce_man
    ) as reduce_wall_s,
    run.time_clustering as wall_s,
    run._timestamp as started_at,
    -- a run that failed may name a file that it never wrote
    case when run."AMI" is not null then run.predictions end as assignment,
    run.AMI as ami,
    run.AMI_clus as ami_clustered,
    run.ARI as ari,
    run.ARI_clus as ari_clustered,
    run.FMS as fowlkes_mallows,
    run.FMS_clus as fowlkes_mallows_clustered,
    run.completeness as completeness,
    run.completeness_clus as completeness_clustered,
    run.homogeneity as homogeneity,
    run.homogeneity_clus as homogeneity_clustered,
    run.CHS_pred as calinski_harabasz,
    run.CHS_pred_clus as calinski_harabasz_clustered,
    run."CHS-fit_pred" as calinski_harabasz_fit,
    run."CHS-fit_pred_clus" as calinski_harabasz_fit_clustered,
    run."CHS-og_pred" as calinski_harabasz_original,
    run."CHS-og_pred_clus" as calinski_harabasz_original_clustered,
    run.DBS_pred as davies_bouldin,
    run.DBS_pred_clus as davies_bouldin_clustered,
    run."DBS-fit_pred" as davies_bouldin_fit,
    run."DBS-fit_pred_clus" as davies_bouldin_fit_clustered,
    run."DBS-og_pred" as davies_bouldin_original,
    run."DBS-og_pred_clus" as davies_bouldin_original_clustered,
    run."silhouette-euclidean_pred" as silhouette,
    run."silhouette-euclidean_pred_clus" as silhouette_clustered,
    run."silhouette-fit-euclidean_pred" as silhouette_fit,
    run."silhouette-fit-euclidean_pred_clus" as silhouette_fit_clustered,
    run."silhouette-og-euclidean_pred" as silhouette_original,
    run."silhouette-og-euclidean_pred_clus" as silhouette_original_clustered,
    -- a run on UMAP-50 was measured there in any case
    coalesce(
        umap.silhouette,
        case
            when run.reducer_kind = 'umap' and run.ndim_reduced_man = 50
                then run."silhouette-euclidean_pred"
        end
    ) as silhouette_umap,
    coalesce(
        umap.silhouette_clustered,
        case
            when run.reducer_kind = 'umap' and run.ndim_reduced_man = 50
                then run."silhouette-euclidean_pred_clus"
        end
    ) as silhouette_umap_clustered
from clustered as run
left join umap on run.run_name = umap.run_name;
