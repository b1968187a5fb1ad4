"""One file from Synapse, which hosts the data of the BraTS challenges."""

import logging
import os
from pathlib import Path
from typing import Any

from robustseg.runtime.errors import InputError

TOKEN = "SYNAPSE_AUTH_TOKEN"
"""The environment variable that holds the user's personal access token."""


class SynapseAccount:
    """The user's account. The token stays in this process and appears in no message."""

    def __init__(self) -> None:
        """Log in.

        Raises:
            InputError: synapseclient is not installed, there is no token, or it is not accepted.
        """
        self._token = os.environ.get(TOKEN, "").strip()
        if not self._token:
            raise InputError(
                f"{TOKEN}: is not set; make a personal access token with the scopes view and "
                "download at https://www.synapse.org, and export it in your shell"
            )
        if not (self._token.isascii() and self._token.isprintable() and " " not in self._token):
            raise InputError(f"{TOKEN}: is no token; copy it anew, without spaces or quotes")
        try:
            import synapseclient
        except ImportError as error:
            raise InputError(
                "data.download.source: synapse needs the package synapseclient, which is not "
                "installed; run pip install synapseclient"
            ) from error
        # At level INFO httpx logs addresses, and those of the storage carry a signature.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client: Any = synapseclient.Synapse(skip_checks=True)
        try:
            self._client.login(authToken=self._token, silent=True)
        except Exception as error:
            raise InputError(
                f"{TOKEN}: Synapse does not accept the token ({self._say(error)}); make a new one"
            ) from None

    def fetch(self, entity: str, folder: Path) -> Path:
        """Download a file entity into ``folder`` and return its path.

        synapseclient checks the file's MD5 and shows the progress.

        Args:
            entity: Synapse's identifier, such as syn123 or, for one version, syn123.4.
            folder: exists.

        Raises:
            InputError: no such entity, no access to it, it is no file, or the network fails.
        """
        from synapseclient.models import File

        try:
            file = File(id=entity, path=str(folder), if_collision="overwrite.local")
            path = file.get(synapse_client=self._client).path
        except Exception as error:
            raise InputError(
                f"{entity}: Synapse does not give the file ({self._say(error)}); see that you have "
                f"accepted its terms at https://www.synapse.org/Synapse:{entity.split('.')[0]}"
            ) from None
        if path is None or not Path(path).is_file():
            raise InputError(f"{entity}: is no file that Synapse lets you download; name a file")
        return Path(path)

    def _say(self, error: Exception) -> str:
        """Return an error of the client in one short line, without the token."""
        text = " ".join(str(error).split()) or type(error).__name__
        return text.replace(self._token, "***")[:200]
