"""The command line ``hors-les-murs``. Each command calls services; what it says stands in the catalogues (``cli.toml``).

Exit codes: 0 done; 1 done, and something waits for a person (findings that block, refused rows, a guarded collection);
2 the command was not understood; 3 a server did not do what it should; 4 nothing was done (the message says why).
"""

from sidecar.cli.main import main

__all__ = ["main"]
