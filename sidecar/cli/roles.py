"""``role``: who may see and do what, centre by centre."""

from __future__ import annotations

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import emit, json_option, new_session, told
from sidecar.domain.access import EVERYWHERE, HolderKind, Role, RoleGrant
from sidecar.domain.audit import Origin
from sidecar.domain.errors import DomainError
from sidecar.services.access import grant_role, withdraw_role

ALL_CENTRES = "*"


@click.command(help=told_help("role"))
@click.argument("centre", metavar="CENTRE", required=False)
@click.argument("role", required=False, type=click.Choice([r.value for r in Role]))
@click.option("--account", default="", metavar="ID", help=told_help("role_account"))
@click.option("--group", default="", metavar="ID", help=told_help("role_group"))
@click.option("--take", is_flag=True, help=told_help("role_take"))
@json_option
@told
def role(centre: str | None, role: str | None, account: str, group: str, take: bool, as_json: bool) -> None:
    session = new_session()
    storage = session.application.storage
    if centre is not None and role is not None:
        if bool(account) == bool(group):
            raise DomainError("role_for_nobody")
        kind, holder = (HolderKind.ACCOUNT, account) if account else (HolderKind.GROUP, group)
        with storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
            where = {"centre_id": EVERYWHERE if centre == ALL_CENTRES else session.centre(uow, centre).id}
            if take:
                withdraw_role(uow, Role(role), **where, holder_kind=kind, holder=holder)
            else:
                grant_role(uow, Role(role), **where, holder_kind=kind, holder=holder, new_id=session.application.new_id)
    elif role is not None or account or group or take:
        raise DomainError("role_for_nobody")
    with storage.unit(write=False) as uow:
        wanted = None if centre in (None, ALL_CENTRES) else session.centre(uow, str(centre)).id
        names = {c.id: c.name for c in uow.centres.all()}
        grants = [g for g in uow.grants.all() if wanted is None or g.centre_id in (EVERYWHERE, wanted)]
    if as_json:
        emit({"roles": [_as_json(grant) for grant in grants]})
        return
    for grant in grants:
        session.say(
            "role_line",
            centre=names.get(grant.centre_id) or session.words("access.everywhere"),
            role=session.words(f"access.role.{grant.role}"),
            holder=session.words(f"access.{grant.holder_kind}", id=grant.holder),
        )
    if not grants:
        session.say("roles_none")


def _as_json(grant: RoleGrant) -> dict[str, str]:
    centre = ALL_CENTRES if grant.centre_id == EVERYWHERE else grant.centre_id
    return {"centre": centre, "role": grant.role, grant.holder_kind: grant.holder}
