"""The bill of materials of an image, as SPDX 2.3: every package in it, its version and its hash.

`python sbom.py NAME PACKAGES... >sbom.spdx.json` with the Debian packages and wheels that the root
and the boot partition were unpacked from. Dates and identifiers come from the sources, so that the
same packages give the same file. Licence texts lie in the root: each package's in
``/usr/share/doc``, each wheel's in its ``dist-info``.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path


def described(package: Path) -> tuple[str, str, str]:
    """Name, version and package URL (purl) of a Debian package or wheel."""
    if package.suffix == ".whl":
        name, version = package.name.split("-")[:2]
        return name, version, f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    fields = subprocess.run(
        ["dpkg-deb", "--show", "--showformat", "${Package} ${Version} ${Architecture}", package],
        check=True,
        capture_output=True,
        text=True,
    )
    name, version, architecture = fields.stdout.split()
    return name, version, f"pkg:deb/debian/{name}@{version}?arch={architecture}"


def entry(package: Path) -> dict[str, object]:
    """One package as SPDX has it (clause 7)."""
    name, version, purl = described(package)
    return {
        "SPDXID": "SPDXRef-" + "".join(c if c.isalnum() else "-" for c in f"{name}-{version}"),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "checksums": [
            {
                "algorithm": "SHA256",
                "checksumValue": hashlib.sha256(package.read_bytes()).hexdigest(),
            }
        ],
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": purl,
            }
        ],
    }


def main(name: str, files: list[str]) -> int:
    """Write the document to standard output."""
    packages = [entry(Path(file)) for file in sorted(files)]
    content = json.dumps(packages, sort_keys=True).encode()
    made = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"urn:sha256:{hashlib.sha256(content).hexdigest()}",
        "creationInfo": {
            "created": f"{made:%Y-%m-%dT%H:%M:%SZ}",
            "creators": ["Tool: deskphone image recipe"],
        },
        "packages": packages,
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": package["SPDXID"],
            }
            for package in packages
        ],
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
