// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, FeeKind, Terms} from "../agreements/Terms.sol";
import {Scope} from "../consortium/IConsortium.sol";
import {Row} from "../schedules/IRepaymentSchedules.sol";
import {ScheduleCode} from "../schedules/ScheduleCode.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {Holdings} from "./Holdings.sol";
import {Entry, ILoanEscrow, Opening, OpeningPosition, Payout, State} from "./ILoanEscrow.sol";
import {OrderHash} from "./OrderHash.sol";
import {Proposals} from "./Proposals.sol";
import {RunningTable} from "./RunningTable.sol";

/// @title Part of the escrow: loans enter, as proposals or, running loans of an old book, by an opening balance that all their
/// parties signed.
contract Openings is Holdings, Proposals {
    /// @dev What a table of rows adds up to.
    struct Sums {
        uint256 principal;
        uint256 interest;
        uint256 fee;
    }

    constructor(Parts memory parts) EscrowBase(parts) {}

    /// @notice See ILoanEscrow.
    function openRunning(
        Terms calldata terms,
        uint32 expectedLength,
        Opening calldata opening,
        Row[] calldata rows,
        OpeningPosition[] calldata positions,
        bytes calldata borrowerSignature,
        bytes[] calldata lenderSignatures
    ) external {
        // What it asks calls nobody.
        // slither-disable-next-line reentrancy-no-eth
        (bytes32 loan, uint32 today) = _mayOpen(terms, expectedLength, opening);
        _open(loan, terms, opening, rows);
        bytes32 digest = _signBorrower(loan, opening, borrowerSignature, today);
        _signLenders(loan, digest, opening, positions, lenderSignatures, today);
        _recordOpening(loan, opening, borrowerSignature, today);
    }

    function _recordOpening(bytes32 loan, Opening calldata opening, bytes calldata borrowerSignature, uint32 today)
        private
    {
        LoanSlots storage l = _loans[loan];
        address schedule = l.schedule;
        bytes memory payload = abi.encode(opening, schedule, schedule.codehash, borrowerSignature);
        _record(l, loan, today, Entry.OpenedRunning, msg.sender, payload);
    }

    function _mayOpen(Terms calldata terms, uint32 expectedLength, Opening calldata opening)
        private
        returns (bytes32 loan, uint32 today)
    {
        uint16 member;
        (member, today,) = _requireSeat(PLATFORM, Scope.Lend);
        loan = _loanOfTerms(terms);
        LoanSlots storage l = _inState(loan, expectedLength, State.Proposed);
        require(l.platform == member, ILoanEscrow.EscrowNotServicer(loan, l.platform, member));
        require(opening.loan == loan, ILoanEscrow.OrderWrongLoan(opening.loan, loan));
        require(opening.outstanding != 0, ILoanEscrow.OrderZero());
        require(opening.outstanding <= l.principal, ILoanEscrow.OpeningInvalid());
        _checkValueDate(opening.lastValueDate, 0, today);
        // No money of the bank moves, but what it will book for the loan from now on rests on this.
        approvals.consume(msg.data, msg.sender, BANK);
    }

    /// @dev Borrower and lenders sign the same: who owes, what remains, and who is owed how much of it. The loan leaves `Proposed`
    /// here, once: no order needs a last day.
    /// @return digest that all of them sign
    function _signBorrower(bytes32 loan, Opening calldata opening, bytes calldata signature, uint32 today)
        private
        view
        returns (bytes32 digest)
    {
        digest = _hashTypedDataV4(OrderHash.hash(opening));
        _checkOrder(_borrowerOf(_loans[loan]), digest, signature, type(uint32).max, today);
    }

    function _signLenders(
        bytes32 loan,
        bytes32 digest,
        Opening calldata opening,
        OpeningPosition[] calldata positions,
        bytes[] calldata signatures,
        uint32 today
    ) private {
        require(positions.length == signatures.length, ILoanEscrow.EscrowLengths(positions.length, signatures.length));
        require(keccak256(abi.encode(positions)) == opening.positionsHash, ILoanEscrow.OpeningInvalid());

        uint256 open = opening.outstanding;
        for (uint256 i = 0; i < positions.length; ++i) {
            uint128 units = positions[i].units;
            require(units != 0 && units <= open, ILoanEscrow.OpeningInvalid());
            open -= units;
            _enter(loan, digest, positions[i], signatures[i], today);
        }
        require(open == 0, ILoanEscrow.OpeningInvalid());
        _used[digest] = true;
    }

    function _enter(
        bytes32 loan,
        bytes32 digest,
        OpeningPosition calldata position,
        bytes calldata signature,
        uint32 today
    ) private {
        bytes32 subject = _checkOrder(position.lender, digest, signature, type(uint32).max, today);
        // At most the outstanding principal, which fits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _issue(_loans[loan], loan, subject, uint64(position.units), position.class);
    }

    /// @dev As if subscribed, paid out and settled up to the opening's day: the loan holds no money, and its units have earned
    /// nothing yet.
    function _open(bytes32 loan, Terms calldata terms, Opening calldata opening, Row[] calldata rows) private {
        require(rows.length != 0 && rows.length <= terms.schedule.instalments, ILoanEscrow.OpeningInvalid());
        bool firstFeesPaid = _checkTable(terms.fees, opening, rows);
        bytes memory words = ScheduleCode.pack(rows);
        require(keccak256(words) == opening.tableHash, ILoanEscrow.OpeningInvalid());

        LoanSlots storage l = _loans[loan];
        // At most the principal and the business date.
        // forge-lint: disable-next-item(unsafe-typecast)
        (uint64 outstanding, uint24 day) = (uint64(opening.outstanding), uint24(opening.lastValueDate));
        l.state = State.Active;
        l.payout = Payout.Settled;
        // forge-lint: disable-next-line(unsafe-typecast)
        l.rows = uint16(rows.length);
        l.nextRow = RunningTable.firstToPay(rows);
        l.lastValueDate = day;
        l.flags = (l.flags & ~DRAWABLE) | (firstFeesPaid ? FIRST_FEES_PAID : 0);
        l.outstanding = outstanding;
        l.start = day;
        l.anchor = day;
        l.principal = outstanding;
        l.subscribed = outstanding;
        l.called = outstanding;
        l.released = outstanding;
        l.lastDrawDay = 0;
        _raiseExposure(l, outstanding);
        // What it makes is code that does nothing.
        l.schedule = ScheduleCode.write(words);
    }

    /// @dev Due days rise, the principal is what is outstanding, and all sums keep their widths. Payees' shares follow from the
    /// terms, so rows carry exactly the terms' fees; those of the first instalment may have been paid in the old book.
    function _checkTable(Fee[] calldata fees, Opening calldata opening, Row[] calldata rows)
        private
        pure
        returns (bool firstFeesPaid)
    {
        (uint256 once, uint256 each) = _fees(fees);
        firstFeesPaid = once != 0 && rows[0].fee == each;
        Sums memory sums = Sums(0, 0, 0);
        uint32 previous = opening.lastValueDate;
        for (uint256 i = 0; i < rows.length; ++i) {
            Row calldata row = rows[i];
            require(row.dueDay > previous, ILoanEscrow.OpeningInvalid());
            require(row.fee == each || (i == 0 && row.fee == each + once), ILoanEscrow.OpeningInvalid());
            previous = row.dueDay;
            sums.principal += row.principal;
            sums.interest += row.interest;
            sums.fee += row.fee;
        }
        require(
            sums.principal == opening.outstanding && sums.interest <= type(uint72).max && sums.fee <= type(uint40).max
                && previous <= type(uint24).max,
            ILoanEscrow.OpeningInvalid()
        );
    }

    /// @return once minor units due with the first instalment only; @return each with every instalment
    function _fees(Fee[] calldata fees) private pure returns (uint256 once, uint256 each) {
        for (uint256 i = 0; i < fees.length; ++i) {
            if (fees[i].kind == uint8(FeeKind.FirstInstalment)) once += fees[i].amount;
            else each += fees[i].amount;
        }
    }
}
