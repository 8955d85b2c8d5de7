"""HDF5 files: how they are opened, locked, checked, secured and finished."""
