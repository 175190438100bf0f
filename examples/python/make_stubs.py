"""Generates the Python stubs of the protocol into a folder (default: stubs/), from the .proto files of this repository.

    python make_stubs.py [folder]
"""

import pathlib
import sys

from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTO_ROOT = HERE.parent.parent / "proto"


def make_stubs(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(str(path.relative_to(PROTO_ROOT)) for path in PROTO_ROOT.glob("*/**/*.proto"))
    well_known = pathlib.Path(protoc.__file__).parent / "_proto"
    words = ["protoc", f"-I{PROTO_ROOT}", f"-I{well_known}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    if protoc.main(words + files) != 0:
        raise SystemExit("protoc failed; its messages stand above")


if __name__ == "__main__":
    make_stubs(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "stubs")
