// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {FeeKind, Fee, Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    Drawdown,
    Entry,
    ILoanEscrow,
    PositionTransfer,
    Rebooking,
    Receipt,
    Recording,
    Subscription
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice Steps in a loan's later life, and its history as the events tell it.
abstract contract LifeTest is LedgerTest {
    /// @dev Terms as bytes: the compiler can't copy their lists to storage.
    bytes private kept;
    mapping(bytes32 loan => Recording[]) private entries;
    mapping(bytes32 loan => bytes32[]) private heads;

    function setUp() public virtual override {
        super.setUp();
        vm.recordLogs();
    }

    function keep(Terms memory terms) internal {
        kept = abi.encode(terms);
    }

    /// @notice The terms that the test's own loan was made with.
    function agreed() internal view returns (Terms memory) {
        return abi.decode(kept, (Terms));
    }

    // ------------------------------------------------------------------------------------------------------------ history

    function absorb() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(escrow) || logs[i].topics[0] != ILoanEscrow.Recorded.selector) continue;
            bytes32 loan = logs[i].topics[1];
            (, uint32 day, address actor, bytes memory payload, bytes32 head) =
                abi.decode(logs[i].data, (uint32, uint32, address, bytes, bytes32));
            entries[loan].push(Recording(day, Entry(uint256(logs[i].topics[2])), actor, payload));
            heads[loan].push(head);
        }
    }

    function lastEntry(bytes32 loan) internal returns (Recording memory) {
        absorb();
        return entries[loan][entries[loan].length - 1];
    }

    /// @notice The last entries of a loan, from entry `seq` on.
    function tailOf(bytes32 loan, uint32 seq) internal returns (bytes32 head, Recording[] memory tail) {
        absorb();
        head = seq == 1 ? loan : heads[loan][seq - 2];
        tail = new Recording[](entries[loan].length - (seq - 1));
        for (uint256 i = 0; i < tail.length; ++i) {
            tail[i] = entries[loan][seq - 1 + i];
        }
    }

    /// @notice The bank reverses the payment recorded as entry `seq`, with two keys.
    function reversePayment(bytes32 loan, uint32 seq) internal {
        (bytes32 head, Recording[] memory tail) = tailOf(loan, seq);
        Rebooking memory r = Rebooking(loan, head, seq, tail, true, freshEntry(), new Receipt[](0), "reason");
        withBothBankKeys(address(escrow), abi.encodeCall(ILoanEscrow.rebook, (r)));
    }

    // -------------------------------------------------------------------------------------------------------------- steps

    /// @notice Two classes: interest per unit 3 to 1.
    function twoClasses(Terms memory terms) internal pure {
        terms.pricing.rateShares = new uint16[](2);
        (terms.pricing.rateShares[0], terms.pricing.rateShares[1]) = (3, 1);
    }

    function inTranches(Terms memory terms, uint128 first, uint32 through) internal pure {
        terms.schedule.firstTranche = first;
        terms.schedule.availableThrough = through;
    }

    function subscribeAs(bytes32 loan, uint256 index, uint128 amount, uint8 class) internal {
        Subscription memory s = subscription(loan, index, amount);
        s.class = class;
        (Subscription[] memory list, bytes[] memory signatures) = single(s);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.subscribe(loan, length, list, signatures);
    }

    function single(Subscription memory s)
        internal
        view
        returns (Subscription[] memory list, bytes[] memory signatures)
    {
        uint256 index = 0;
        while (lenderAt(index) != s.lender) {
            ++index;
        }
        list = new Subscription[](1);
        list[0] = s;
        signatures = new bytes[](1);
        signatures[0] = signed(lenderKey(index), escrow.subscriptionDigest(s));
    }

    function activeLoanOf(Terms memory terms, uint256 lenders) internal returns (bytes32 loan, Row[] memory rows) {
        loan = propose(terms);
        fund(loan, terms, lenders);
        disburseAndInstruct(loan, terms);
        rows = settle(loan, terms);
    }

    function drawdown(bytes32 loan, uint128 amount) internal returns (Drawdown memory d, bytes memory signature) {
        d = Drawdown(loan, amount, bytes32(nextSalt++), today() + 10);
        signature = signed(BORROWER_KEY, escrow.drawdownDigest(d));
    }

    /// @notice The rows of a tranche alone, from the business date.
    function trancheRows(bytes32 loan, Terms memory terms, uint128 amount, uint16 first)
        internal
        view
        returns (Row[] memory)
    {
        return ScheduleModel.rows(terms, Segment(amount, loanOf(loan).anchor, today(), first, 0, false));
    }

    function draw(bytes32 loan, Terms memory terms, uint128 amount, uint16 first) internal {
        (Drawdown memory d, bytes memory signature) = drawdown(loan, amount);
        Row[] memory rows = trancheRows(loan, terms, amount, first);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.draw(terms, length, d, signature, rows);
    }

    function instruct(bytes32 loan) internal {
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        escrow.instruct(loan, length, "pain.001");
    }

    function settleTranche(bytes32 loan, Terms memory terms, uint128 amount, uint16 first) internal {
        Row[] memory rows = trancheRows(loan, terms, amount, first);
        BankEntry memory entry = freshEntry();
        uint32 length = lengthOf(loan);
        uint32 day = today();
        vm.prank(bank);
        escrow.settle(terms, length, day, entry, rows);
    }

    function bounce(bytes32 loan) internal {
        BankEntry memory entry = freshEntry();
        uint32 length = lengthOf(loan);
        uint32 day = today();
        vm.prank(bank);
        escrow.bouncePayout(loan, length, day, entry);
    }

    function close(bytes32 loan) internal {
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.close(loan, length);
    }

    function sweep(bytes32 loan) internal {
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.sweepDust(loan, length);
    }

    function claimFees(Terms memory terms, bytes32 loan, address payee) internal {
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.claimFees(terms, length, payee);
    }

    function sale(bytes32 loan, uint256 seller, uint256 buyer, uint128 units, uint128 price)
        internal
        returns (PositionTransfer memory)
    {
        return PositionTransfer(
            loan, lenderAt(seller), lenderAt(buyer), units, price, bytes32(nextSalt++), today() + 10
        );
    }

    function transfer(bytes32 loan, uint256 seller, uint256 buyer, uint128 units, uint128 price) internal {
        PositionTransfer memory t = sale(loan, seller, buyer, units, price);
        bytes32 digest = escrow.transferDigest(t);
        bytes memory from = signed(lenderKey(seller), digest);
        bytes memory to = signed(lenderKey(buyer), digest);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.transferPosition(t, length, from, to);
    }

    function fee(FeeKind kind, address payee, uint128 amount) internal pure returns (Fee memory) {
        return Fee(uint8(kind), payee, amount);
    }

    // ------------------------------------------------------------------------------------------------------------ reading

    function positionOf(bytes32 loan, uint256 index) internal view returns (ILoanEscrow.Position memory) {
        return escrow.positionOf(loan, subjectOf(lenderAt(index)));
    }

    function claimableOf(bytes32 loan, uint256 index) internal view returns (uint128) {
        return escrow.claimable(loan, subjectOf(lenderAt(index)));
    }

    function dueOf(Row memory row) internal pure returns (uint128) {
        return uint128(row.principal) + row.interest + row.fee;
    }
}
