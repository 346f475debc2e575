"""Writes the book's contract texts as PDF, from the applications: small, in Chinese, the same bytes every time.

The files are checked in, so that the demonstration needs no PDF writer; `python -m gateway.demo.book.make_contracts`
writes them again. The texts are examples, not legal advice.
"""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from chain.bank.references import printed
from gateway.demo.book.agreed import Application, Organisation, Party
from gateway.demo.book.load import FOLDER, repayment_reference

_FONT = "STSong-Light"
_LINE = 34  # characters of body text that fit the width
_METHODS = {
    "equal-instalment": "等额本息",
    "interest-only-bullet": "按期付息、到期还本",
    "equal-principal": "等额本金",
    "single-payment": "到期一次还本付息",
    "custom": "按附表还款",
}
_DAY_COUNTS = {
    "1/12": "每月按十二分之一年",
    "A/365": "实际天数/365",
    "A/360": "实际天数/360",
    "30E/360": "每月三十天/360",
    "A/A": "实际天数/该年实际天数",
}
_EARLY = {
    "total": "全部提前还款",
    "shorten": "部分提前还款（金额不变、期数缩短）",
    "lower": "部分提前还款（期数不变、金额减少）",
}


def contract_text(application: Application, borrower: Party, platform: Organisation, custody_number: str) -> list[str]:
    """The paragraphs of the contract."""
    period = "年" if application.rate_period == "year" else "月"
    amount = _shown(application.principal)
    identity = "身份证号" if borrower.kind == "person" else "统一社会信用代码"
    return [
        f"合同编号：{application.contract_number}",
        f"签订日期：{application.application_date.isoformat()}",
        f"甲方（借款人）：{borrower.name}，{identity} {borrower.identity}（虚构）。",
        "乙方（出借人）：以账本所载签名认购本笔借款的各出借人。",
        f"丙方（平台）：{platform.name}。",
        f"第一条 借款本金：人民币 {amount} 元，用途：{application.purpose}。本金全额发放，不得预先扣除任何费用。",
        f"第二条 名义利率：每{period} {application.rate}，计息方式：{_DAY_COUNTS[application.day_count]}。"
        "每期利息四舍六入五成双，取至分，自放款起息日起算。",
        f"第三条 还款方式：{_METHODS[application.method]}，共 {application.instalments} 期" + _due_days(application),
        f"第四条 募集期限：至 {application.funding_deadline.isoformat()} 止。"
        "届时未满额的，合同不生效，已认购款项全额退还。",
        f"第五条 还款账户：{custody_number}，附言须写明还款参考号 "
        f"{printed(repayment_reference(platform, application.contract_number))}。",
        "第六条 各期还款全额按认购金额比例分配给出借人，取整余额归入风险准备金。",
        "第七条 本合同文本加密保存，其摘要记载于共享账本；任何一方均可据以核验文本未经改动。",
        *(f"特别约定 {clause}" for clause in _special(application)),
    ]


def _due_days(application: Application) -> str:
    if application.table is not None:
        rows = (f"{r.due.isoformat()} 本金 {_shown(r.principal)} 利息 {_shown(r.interest)}" for r in application.table)
        return "：" + "；".join(rows) + "。"
    months = application.period_months
    return f"，每期 {months} 个月。应还日为起息日后各期对应日，无对应日的取当月最后一日。"


def _special(application: Application) -> list[str]:
    """What not every contract has."""
    rule, clauses = application.payment_rule, []
    if application.rate_shares:
        clauses.append(f"各类出借人利率份额为 {':'.join(map(str, application.rate_shares))}。")
    for fee in application.fees:
        when = "首期" if fee.kind == "first-instalment" else "每期"
        clauses.append(f"{when}收取费用 {_shown(fee.amount)} 元，归 {fee.payee}。")
    if application.available_through is not None:
        first = _shown(application.first_tranche)
        clauses.append(f"分次提款：首次 {first} 元，其余可提至 {application.available_through.isoformat()}。")
    if rule.calendar:
        clauses.append("应还日逢非工作日的，顺延至下一工作日，不计罚息。")
    if rule.penalty_base != "none":
        base = "逾期本金" if rule.penalty_base == "principal" else "逾期本息"
        how = "替代" if rule.penalty_replaces else "加收于"
        clauses.append(f"{base}按年 {rule.penalty_rate} {how}约定利率计罚息，宽限 {rule.grace_days} 日。")
    if rule.order == "vertical":
        clauses.append("还款按费用、利息、本金逐项冲抵全部到期各期。")
    if rule.early:
        kinds = "、".join(_EARLY[kind] for kind in rule.early)
        clauses.append(f"允许{kinds}，手续费为提前本金的 {rule.early_fee}。")
    return clauses


def _shown(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-2):,.2f}"


def contract_pdf(application: Application, borrower: Party, platform: Organisation, custody_number: str) -> bytes:
    """One page of A4."""
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(f"借款合同 {application.contract_number}")
    canvas.setFont(_FONT, 20)
    canvas.drawCentredString(A4[0] / 2, 770, "借款合同")
    canvas.setFont(_FONT, 12)
    height = 725
    for paragraph in contract_text(application, borrower, platform, custody_number):
        for start in range(0, len(paragraph), _LINE):
            canvas.drawString(72, height, paragraph[start : start + _LINE])
            height -= 20
        height -= 8
    canvas.drawString(72, height - 20, "甲方（电子签名）          乙方（电子签名）          丙方（盖章）")
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def contracts(folder: Path) -> dict[str, bytes]:
    """The PDF of every application in the book's `folder`, by its contract file name."""
    header = json.loads((folder / "book.json").read_text())
    platform = Organisation.model_validate(header["platform"])
    listed = json.loads((folder / "parties.json").read_text())["borrowers"]
    borrowers = {party["alias"]: Party.model_validate(party) for party in listed}
    made: dict[str, bytes] = {}
    for path in sorted((folder / "applications").glob("*.json")):
        application = Application.model_validate_json(path.read_bytes())
        borrower = borrowers[application.borrower]
        number = header["custody_account"]["number"]
        made[application.contract_file] = contract_pdf(application, borrower, platform, number)
    return made


if __name__ == "__main__":
    for name, data in contracts(FOLDER).items():
        (FOLDER / name).write_bytes(data)
