"""Trees of merges: one is grown for an array, and cut for every cell that wants it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zsc_wh.clusterers.method import ClustererMethod, Clustering
from zsc_wh.method import P
from zsc_wh.scaling import check_features
from zsc_wh.sizes import Size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Tree:
    """The merges of n samples, from the closest pair to the last two clusters.

    Parameters
    ----------
    children : ndarray of shape (n - 1, 2)
        Nodes that each merge joins. Below n they are samples; the node n + i is the
        cluster made by merge i.
    heights : ndarray of shape (n - 1,)
        Distance of each merge, in ascending order.
    notes : tuple of str
        Warnings of the library.
    """

    children: NDArray[np.intp]
    heights: NDArray[np.float64]
    notes: tuple[str, ...] = ()

    @property
    def n_samples(self) -> int:
        """Number of samples that are merged."""
        return len(self.children) + 1

    @classmethod
    def of_array(cls, array: NDArray[Any]) -> Self:
        """Return the tree that `as_array` wrote; the notes are not in it."""
        return cls(array[:, :2].astype(np.intp), array[:, 2].astype(np.float64))

    def as_array(self) -> NDArray[np.float64]:
        """Return children and heights as a matrix of shape (n - 1, 3)."""
        return np.column_stack([self.children.astype(np.float64), self.heights])


@dataclass(frozen=True, kw_only=True)
class TreeClusterer(ClustererMethod[P]):
    """A clusterer that grows a tree of merges and cuts it.

    What it costs is what the tree costs: cutting takes next to nothing.

    Parameters
    ----------
    tree_params : tuple of str
        Parameters that the tree depends on; cells that differ in others share it.
    grow : callable
        ``(X, params)`` to `Tree`, for features of any magnitude.
    cut : callable
        ``(tree, params, n_clusters)`` to `Clustering`.
    """

    tree_params: tuple[str, ...]
    grow: Callable[[NDArray[Any], P], Tree]
    cut: Callable[[Tree, P, int | None], Clustering]

    def shared(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that a tree depends on."""
        return {name: params[name] for name in self.tree_params}

    def grown(self, X: NDArray[Any], params: Mapping[str, Any]) -> Tree:
        """Return the tree of features; of the parameters, `tree_params` count.

        Raises
        ------
        DataError
            When `X` is not a finite matrix.
        NotApplicableError
            When distances are not defined.
        ComputeError
            When the library fails.
        MissingExtraError
            When the library is not installed.
        """
        return self.grow(check_features(X), self.typed(params))

    def cut_tree(
        self, tree: Tree, params: Mapping[str, Any], n_clusters: int | None
    ) -> Clustering:
        """Return the clusters of a tree.

        Raises
        ------
        NotApplicableError
            When there are not as many samples, or they are all equal.
        """
        is_flat = not tree.heights.any()
        size = Size(tree.n_samples, None, n_clusters)
        self.check(size, params, _FLAT if is_flat else None)
        return self.cut(tree, self.typed(params), n_clusters)

    def fit(
        self,
        X: NDArray[Any],
        params: Mapping[str, Any],
        n_clusters: int | None,
        seed: int,
        *,
        threads: int = 1,
        device: str | None = None,
    ) -> Clustering:
        """Grow a tree and cut it, see `ClustererMethod.fit`."""
        del seed, threads, device  # nothing is drawn or shared
        X = check_features(X)
        self.check(Size(len(X), None, n_clusters), params, None)
        return self.cut_tree(self.grown(X, params), params, n_clusters)


_FLAT = "the distances between all samples are 0: clusters would be arbitrary"


def cut(tree: Tree, n_clusters: int) -> NDArray[np.int32]:
    """Cut a tree into a number of clusters.

    Parameters
    ----------
    tree : Tree
        Of n samples.
    n_clusters : int
        From 1 to n.

    Returns
    -------
    ndarray of shape (n,), int32
        Clusters from 0, numbered as by scikit-learn's AgglomerativeClustering.

    Examples
    --------
    >>> pairs = Tree(np.array([[0, 1], [2, 3], [4, 5]]), np.array([1.0, 2.0, 9.0]))
    >>> cut(pairs, 2)
    array([1, 1, 0, 0], dtype=int32)
    """
    n = tree.n_samples
    # The latest merge is undone first. The heap holds the negated nodes, and a cluster
    # gets the number of its place in it: this is how scikit-learn numbers them.
    heap = [-(2 * n - 2)]
    for _ in range(n_clusters - 1):
        left, right = tree.children[-heap[0] - n].tolist()
        heapq.heappush(heap, -left)
        heapq.heappushpop(heap, -right)
    numbers = np.full(2 * n - 1, -1, dtype=np.int32)
    numbers[[-node for node in heap]] = np.arange(n_clusters)
    for node in range(2 * n - 2, n - 1, -1):
        if numbers[node] >= 0:
            numbers[tree.children[node - n]] = numbers[node]
    return numbers[:n].copy()


def cut_at(tree: Tree, threshold: float) -> NDArray[np.int32]:
    """Cut a tree where merges reach a threshold: those at or above it are undone.

    Examples
    --------
    >>> pairs = Tree(np.array([[0, 1], [2, 3], [4, 5]]), np.array([1.0, 2.0, 9.0]))
    >>> cut_at(pairs, 2.0)
    array([0, 0, 2, 1], dtype=int32)
    """
    return cut(tree, int(np.count_nonzero(tree.heights >= threshold)) + 1)
