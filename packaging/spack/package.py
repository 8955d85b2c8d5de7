# Spack package of distsnn; see packaging/README.md.
from __future__ import annotations

from spack.package import PythonPackage, depends_on, license, variant, version


class PyDistsnn(PythonPackage):
    """Distributed simulation of spiking neural networks: the same spikes on any number of ranks."""

    license("BSD-3-Clause")

    # A release adds: version("0.1.0", sha256="..."), and its pypi = "distsnn/distsnn-0.1.0.tar.gz".
    version("main", branch="main")

    variant("plot", default=True, description="Pictures with matplotlib")
    variant("analysis", default=False, description="pandas, xarray and Neo for recorded data")
    variant("parallel-hdf5", default=False, description="All ranks write recordings together")

    depends_on("python@3.11:", type=("build", "run"))
    depends_on("py-hatchling@1.26:", type="build")
    depends_on("mpi", type=("build", "run"))
    depends_on("py-mpi4py@4:", type=("build", "run"))
    depends_on("py-h5py@3.7:", type=("build", "run"))
    depends_on("py-h5py+mpi", type=("build", "run"), when="+parallel-hdf5")
    depends_on("py-numba@0.60:", type=("build", "run"))
    depends_on("py-numpy@1.24:", type=("build", "run"))
    depends_on("py-platformdirs@3:", type=("build", "run"))
    depends_on("py-psutil@5.9:", type=("build", "run"))
    depends_on("py-sympy@1.11:", type=("build", "run"))
    depends_on("py-tqdm@4.64:", type=("build", "run"))
    depends_on("py-typer@0.12:", type=("build", "run"))
    depends_on("py-matplotlib@3.7:", type="run", when="+plot")
    depends_on("py-pandas@2.1:", type="run", when="+analysis")
    depends_on("py-xarray@2023.11:", type="run", when="+analysis")
    depends_on("py-neo@0.13:", type="run", when="+analysis")
