"""Why a caller may not do something. What it may not even see is NotFound, the same as what isn't there."""

from __future__ import annotations

from typing import ClassVar

from chain.errors import ExitCode
from gateway.errors import GatewayError


class AccessRefused(GatewayError):
    """Base of what a signed-in caller is refused."""

    code = "access.refused"
    status = 403
    exit_code = ExitCode.INVALID


class RouteNotListed(AccessRefused):
    code = "access.route_not_listed"
    en = "{method} {path} is not in the table of permissions, so nobody may call it. Tell the gateway's makers."
    zh = "{method} {path} 未列入权限表，任何人不得调用。请告知网关开发者。"


class PermissionMissing(AccessRefused):
    code = "access.permission_missing"
    en = (
        "'{actor}' lacks the permission {permission}, which the roles {roles} give. Have an administrator of this seat "
        "give you one of them."
    )
    zh = "“{actor}”缺少权限 {permission}（由角色 {roles} 授予）。请本席位管理员为您分配其中之一。"


class OwnOrganisationOnly(AccessRefused):
    code = "access.own_organisation_only"
    en = "{permission} is only for the organisation that runs this seat; '{actor}' belongs to '{tenant}'."
    zh = "{permission} 仅限运营本席位的机构；“{actor}”属于“{tenant}”。"


class OrderOfAnother(AccessRefused):
    code = "access.order_of_another"
    en = "'{actor}' may only submit its own orders: {field} must be {expected}, not {given}."
    zh = "“{actor}”只能提交本人的指令：{field} 应为 {expected}，而非 {given}。"


class AmountAboveLimit(AccessRefused):
    code = "access.amount_above_limit"
    en = "The amount {amount} is above the largest that '{actor}' may move in one change, {limit}."
    zh = "金额 {amount} 超过“{actor}”单次操作上限 {limit}。"


class OutsideHours(AccessRefused):
    code = "access.outside_hours"
    en = "'{actor}' may make changes between {window} only; it is {now}."
    zh = "“{actor}”仅可在 {window} 期间操作；当前为 {now}。"


class StepUpRequired(GatewayError):
    """RFC 9470: the session is valid, its second factor is too old for what was asked."""

    code = "access.step_up_required"
    status = 401
    exit_code = ExitCode.INVALID
    challenge: ClassVar[str] = 'Bearer error="insufficient_user_authentication", max_age={max_age}'
    en = "This needs a second factor proved within the last {max_age} seconds; prove it again, then repeat the request."
    zh = "此操作要求在最近 {max_age} 秒内验证过第二因素；请重新验证后再试。"


class ApprovalNeeded(GatewayError):
    code = "proposal.approval_needed"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The proposal {id} waits for another person of this seat; it is sent when they approve it."
    zh = "提案 {id} 等待本席位另一人批准；批准后即发送。"


class ProposalLapsed(GatewayError):
    code = "proposal.lapsed"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The proposal {id} has lapsed ({reason}). Propose it again if it is still wanted."
    zh = "提案 {id} 已失效（{reason}）。如仍需要，请重新提出。"
