"""One step of the ledger: a command gives the next state and the history entries it wrote, or it is refused.

Pure: the state before is unchanged, and the same command on the same state gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chain.model import commands as c
from chain.model import corrections, custody, endings, funding, payments, payouts
from chain.model.state import Entry, LedgerState

Step = Callable[[LedgerState, Any], LedgerState]  # each takes its own command

STEPS: Mapping[type, Step] = {
    c.Register: custody.register,
    c.Freeze: custody.freeze,
    c.Unfreeze: custody.unfreeze,
    c.AnnounceReplacement: custody.announce,
    c.ConsentReplacement: custody.consent,
    c.WithdrawReplacement: custody.withdraw_replacement,
    c.Replace: custody.replace_account,
    c.PublishWorkingDays: custody.publish,
    c.Deposit: custody.deposit,
    c.Suspend: custody.suspend,
    c.DepositSuspense: custody.deposit_suspense,
    c.ReturnSuspense: custody.return_suspense,
    c.Attest: custody.attest,
    c.CloseDay: custody.close_day,
    c.Withdraw: custody.withdraw,
    c.InstructWithdrawal: custody.instruct_withdrawal,
    c.SettleWithdrawal: custody.settle_withdrawal,
    c.ReturnWithdrawal: custody.return_withdrawal,
    c.BounceWithdrawal: custody.bounce_withdrawal,
    c.ReleaseWithdrawal: custody.release_withdrawal,
    c.Propose: funding.propose,
    c.Subscribe: funding.subscribe,
    c.Cancel: funding.cancel,
    c.Expire: funding.expire,
    c.Refund: funding.refund,
    c.OpenRunning: funding.open_running,
    c.Disburse: payouts.disburse,
    c.Draw: payouts.draw,
    c.Instruct: payouts.instruct,
    c.Settle: payouts.settle,
    c.ReturnPayout: payouts.return_payout,
    c.BouncePayout: payouts.bounce,
    c.CloseDrawing: payouts.close_drawing,
    c.Collect: payments.collect,
    c.CollectSuspense: payments.collect_suspense,
    c.Pay: payments.pay,
    c.PayByMandate: payments.pay_by_mandate,
    c.RevokeMandate: payments.revoke_mandate,
    c.RepayEarly: payments.repay_early,
    c.Reverse: corrections.reverse,
    c.Insert: corrections.insert,
    c.Claim: endings.claim,
    c.ClaimFees: endings.claim_fees,
    c.Transfer: endings.transfer,
    c.ReleaseOverpayment: endings.release_overpayment,
    c.Close: endings.close,
    c.SweepDust: endings.sweep_dust,
}


def apply(state: LedgerState, command: c.Command) -> tuple[LedgerState, Mapping[str, tuple[Entry, ...]]]:
    """The ledger after `command`, and the entries it wrote, by loan. Raises Refused with the contract's error name."""
    following = STEPS[type(command)](state, command)
    return following, {
        name: loan.history[state.loans[name].length if name in state.loans else 0 :]
        for name, loan in following.loans.items()
        if name not in state.loans or loan.length != state.loans[name].length
    }
