"""The commands on API keys: make one, list them, revoke one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from biaoti.cli import options, streams
from biaoti.cli.plain import PlainCommand, PlainGroup
from biaoti.cli.running import guarded
from biaoti.cli.start import environment
from biaoti.cli.streams import FINE
from biaoti.settings import SettingsError, keys_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.api.keys import Key

keys = typer.Typer(cls=PlainGroup, help="服务的密钥:创建、查看、吊销。", no_args_is_help=True)


@keys.command(help="创建密钥;密钥只显示这一次。", cls=PlainCommand)
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="给谁用,如 erp")],
    *,
    write: Annotated[bool, typer.Option("--write", help="也可以导入报表(默认只读)")] = False,
    json: options.Json = False,
) -> None:
    """Make a key and print it, once."""
    guarded(lambda: _create(name, is_writer=write, is_json=json), is_json=json)


def _create(name: str, *, is_writer: bool, is_json: bool) -> int:
    from biaoti.api.keys import Scope, create_key  # noqa: PLC0415 - start-up

    scopes = (Scope.READ, Scope.WRITE) if is_writer else (Scope.READ,)
    key, token = create_key(_path(), name, scopes, _today())
    if is_json:
        streams.write_line({**_plain(key), "key": token})
        return FINE
    streams.say(f"密钥 {key.key_id}({name},{'、'.join(scopes)})只显示这一次:")
    typer.echo(token)
    return FINE


@keys.command("list", help="列出密钥(不含密钥本身)。", cls=PlainCommand)
def listing(*, json: options.Json = False) -> None:
    """Print the keys, without their secrets."""
    guarded(lambda: _list(is_json=json), is_json=json)


def _list(*, is_json: bool) -> int:
    from biaoti.api.keys import read_keys  # noqa: PLC0415 - start-up

    found = read_keys(_path())
    if is_json:
        streams.write_line({"keys": [_plain(key) for key in found]})
        return FINE
    for key in found:
        state = f"已吊销 {key.revoked}" if key.revoked else "有效"
        typer.echo(f"{key.key_id}  {','.join(key.scopes):<10}  {key.created}  {state}  {key.name}")
    return FINE


@keys.command(help="吊销密钥;正在运行的服务立即不再接受它。", cls=PlainCommand)
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="密钥的编号,见 keys list")],
    *,
    json: options.Json = False,
) -> None:
    """Revoke a key: services that run refuse it from their next request on."""
    guarded(lambda: _revoke(key_id, is_json=json), is_json=json)


def _revoke(key_id: str, *, is_json: bool) -> int:
    from biaoti.api.keys import revoke_key  # noqa: PLC0415 - start-up

    key = revoke_key(_path(), key_id, _today())
    if is_json:
        streams.write_line(_plain(key))
    else:
        streams.say(f"已吊销 {key.key_id}({key.name})")
    return FINE


def _plain(key: Key) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "scopes": [scope.value for scope in key.scopes],
        "created": key.created,
        "revoked": key.revoked,
    }


def _path() -> Path:
    path = keys_file(environment())
    if path is None:
        msg = "BIAOTI_KEYS_FILE: found nothing, expected the file that holds the keys"
        raise SettingsError(msg)
    return path


def _today() -> str:
    return datetime.now().astimezone().date().isoformat()
