// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, PositionTransfer, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IParties, PartyKind} from "../../../contracts/parties/IParties.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

/// @notice A lender that is a contract: it signs everything, or nothing, or takes all gas, or wants to be called back.
contract ContractLender {
    enum Mood {
        Signs,
        Reverts,
        Burns
    }

    Mood public mood;

    function turn(Mood to) external {
        mood = to;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        require(mood != Mood.Reverts, "no");
        if (mood == Mood.Burns) {
            for (uint256 i = 0; i < type(uint256).max; ++i) {}
        }
        return this.isValidSignature.selector;
    }

    receive() external payable {
        revert("greedy");
    }
}

contract TransferTest is LifeTest {
    bytes32 private loan;
    Row[] private rows;

    function setUp() public override {
        super.setUp();
        (bytes32 id, Terms memory t, Row[] memory table) = activeLoan(3);
        loan = id;
        keep(t);
        for (uint256 i = 0; i < table.length; ++i) {
            rows.push(table[i]);
        }
        fundedLender(4, 1_000_000);
    }

    function test_unitsNumeratorAndPriceMoveTogether() public {
        collect(loan, dueOf(rows[0]));
        int256 before = positionOf(loan, 0).numerator;
        transfer(loan, 0, 4, 66_666, 70_000);
        ILoanEscrow.Position memory s = positionOf(loan, 0);
        ILoanEscrow.Position memory b = positionOf(loan, 4);
        vm.assertEq(s.units, 100_000);
        vm.assertEq(b.units, 66_666);
        vm.assertTrue(s.numerator + b.numerator == before);
        vm.assertTrue(b.numerator == before * 66_666 / 166_666);
        vm.assertEq(token.balanceOf(lenderAt(0)), 70_000);
        vm.assertEq(token.balanceOf(lenderAt(4)), 930_000);
        vm.assertEq(uint256(lastEntry(loan).kind), uint256(Entry.PositionTransferred));
        vm.assertEq(escrow.positionAt(subjectOf(lenderAt(4)), 0), loan);
    }

    function test_theBuyerOfAllUnitsGetsAllThatIsEarnedAndNotClaimed() public {
        collect(loan, dueOf(rows[0]));
        uint128 open = claimableOf(loan, 0);
        transfer(loan, 0, 4, 166_666, 0);
        vm.assertEq(claimableOf(loan, 4), open);
        vm.assertEq(claimableOf(loan, 0), 0);
        vm.assertTrue(positionOf(loan, 0).numerator == 0);
        collect(loan, dueOf(rows[1]));
        vm.assertEq(claimableOf(loan, 0), 0);
    }

    /// @notice Selling in pieces, whatever they are, and claiming in between earns nobody a minor unit more than holding.
    function testFuzz_dustCantBeFarmedByTransfersAndClaims(uint256 seed) public {
        uint256 together = uint256(166_666) * totalOf(rows) / 500_000;
        register(lenderAt(5));
        for (uint256 i = 0; i < 6; ++i) {
            collect(loan, dueOf(rows[i]));
            if (i == 5) break;
            for (uint256 k = 0; k < 4; ++k) {
                seed = uint256(keccak256(abi.encode(seed)));
                (uint256 from, uint256 to) = seed % 2 == 0 ? (0, 5) : (5, 0);
                uint128 held = positionOf(loan, from).units;
                if (held == 0) continue;
                transfer(loan, from, to, (seed >> 8) % 3 == 0 ? 1 : uint128(1 + (seed >> 16) % held), 0);
                uint256 who = (seed >> 200) % 2 == 0 ? 0 : 5;
                if (claimableOf(loan, who) != 0) claim(loan, lenderAt(who));
            }
        }
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        for (uint256 who = 0; who < 6; who += 5) {
            if (positionOf(loan, who).units != 0) claim(loan, lenderAt(who));
        }
        uint256 got = token.balanceOf(lenderAt(0)) + token.balanceOf(lenderAt(5));
        vm.assertLe(got, together);
        vm.assertLe(together - got, 1);
    }

    /// @notice What was claimed of a payment that is reversed later is owed by the units, whoever holds them then: the numerator
    /// falls below zero with the buyer, and the seller earns nothing twice.
    function test_aSellerCantDodgeAReversalByLeavingUnitsBehindIt() public {
        collect(loan, dueOf(rows[0]));
        uint32 seq = lengthOf(loan);
        claim(loan, lenderAt(0));
        uint128 got = uint128(token.balanceOf(lenderAt(0)));
        // Half before the reversal, the rest after it: both parts carry their share of what is missing.
        transfer(loan, 0, 4, 83_333, 0);
        reversePayment(loan, seq);
        int256 sold = positionOf(loan, 4).numerator;
        int256 kept = positionOf(loan, 0).numerator;
        vm.assertTrue(sold < 0 && kept < 0);
        transfer(loan, 0, 4, 83_333, 0);
        vm.assertTrue(positionOf(loan, 0).numerator == 0);
        vm.assertTrue(positionOf(loan, 4).numerator == sold + kept);
        // The payment comes again: the units are even, and nobody got more than their share.
        collect(loan, dueOf(rows[0]));
        vm.assertEq(claimableOf(loan, 4), 0);
        vm.assertEq(claimableOf(loan, 0), 0);
        collect(loan, dueOf(rows[1]));
        uint256 share = uint256(166_666) * (uint256(dueOf(rows[0])) + dueOf(rows[1])) / 500_000;
        vm.assertEq(got + claimableOf(loan, 4), share);
    }

    /// @notice Below zero the part that moves is rounded down too, so a buyer of one unit never gets a better part than its own.
    function test_negativeNumeratorsAreSplitExactly() public {
        collect(loan, 1000);
        uint32 seq = lengthOf(loan);
        claim(loan, lenderAt(0));
        reversePayment(loan, seq);
        int256 before = positionOf(loan, 0).numerator;
        transfer(loan, 0, 4, 1, 0);
        int256 moved = positionOf(loan, 4).numerator;
        vm.assertTrue(moved * 166_666 <= before && before < (moved + 1) * 166_666);
        vm.assertTrue(moved + positionOf(loan, 0).numerator == before);
    }

    // -------------------------------------------------------------------------------------------------------- what is refused

    function test_refusesMoreUnitsThanHeldNoneAndASaleToOneself() public {
        PositionTransfer memory t = sale(loan, 0, 4, 166_667, 0);
        refused(t, abi.encodeWithSelector(ILoanEscrow.TransferUnits.selector, 166_667, 166_666));
        refused(sale(loan, 0, 4, 0, 0), abi.encodeWithSelector(ILoanEscrow.OrderZero.selector));
        refused(sale(loan, 4, 0, 1, 0), abi.encodeWithSelector(ILoanEscrow.TransferUnits.selector, 1, 0));
        refused(sale(loan, 0, 0, 1, 0), abi.encodeWithSelector(ILoanEscrow.TransferSelf.selector, lenderAt(0)));
    }

    function test_aTransferIsUsedOnce() public {
        PositionTransfer memory t = sale(loan, 0, 4, 10, 0);
        submit(t);
        refused(t, abi.encodeWithSelector(ILoanEscrow.OrderUsed.selector, escrow.transferDigest(t)));
    }

    function test_bothPartiesSignTheSame() public {
        PositionTransfer memory t = sale(loan, 0, 4, 10, 5);
        bytes32 digest = escrow.transferDigest(t);
        uint32 length = lengthOf(loan);
        bytes memory own = signed(lenderKey(0), digest);
        bytes memory foreign = signed(lenderKey(1), digest);
        bytes memory buyers = signed(lenderKey(4), digest);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, lenderAt(4)));
        escrow.transferPosition(t, length, own, foreign);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, lenderAt(0)));
        escrow.transferPosition(t, length, foreign, buyers);
    }

    function test_refusesAnExpiredSaleAPriceTheBuyerLacksAndALoanThatIsOver() public {
        PositionTransfer memory t = sale(loan, 0, 4, 10, 1_000_001);
        refused(
            t, abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, lenderAt(4), 1_000_000, 1_000_001)
        );
        t = sale(loan, 0, 4, 10, 0);
        closeThrough(t.validThrough);
        refused(t, abi.encodeWithSelector(ILoanEscrow.OrderExpired.selector, t.validThrough, today()));
        collect(loan, totalOf(rows));
        refused(
            sale(loan, 0, 4, 10, 0),
            abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Repaid, State.Active)
        );
    }

    function test_neitherAFrozenSellerNorAFrozenBuyerTrades() public {
        PositionTransfer memory t = sale(loan, 0, 4, 10, 0);
        for (uint256 i = 0; i < 5; i += 4) {
            bytes32 subject = subjectOf(lenderAt(i));
            freeze(subject);
            refused(t, abi.encodeWithSelector(IParties.PartiesFrozen.selector, subject));
            unfreeze(subject);
        }
        submit(t);
    }

    function test_aReplacedKeySellsNothing() public {
        PositionTransfer memory t = sale(loan, 0, 4, 10, 0);
        t.validThrough = type(uint32).max;
        replaceAccount(subjectOf(lenderAt(0)), lenderAt(8));
        refused(t, abi.encodeWithSelector(IParties.PartiesReplaced.selector, lenderAt(0), lenderAt(8)));
    }

    // ------------------------------------------------------------------------------------------------ lenders that are contracts

    /// @notice A lender that refuses to answer hurts nobody but its own orders: claims and refunds ask it nothing.
    function test_aRevertingOrGreedyLenderHoldsNothingUp() public {
        ContractLender odd = new ContractLender();
        bytes32 subject = keccak256("odd");
        vm.prank(bank);
        parties.register(address(odd), subject, PartyKind.Organisation);
        PositionTransfer memory t = sale(loan, 0, 4, 100_000, 0);
        t.buyer = address(odd);
        submitWith(t, "");
        vm.assertEq(escrow.positionOf(loan, subject).units, 100_000);

        odd.turn(ContractLender.Mood.Reverts);
        collect(loan, dueOf(rows[0]));
        address[] memory both = new address[](2);
        (both[0], both[1]) = (address(odd), lenderAt(1));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.claim(loan, length, both);
        vm.assertEq(token.balanceOf(address(odd)), uint256(dueOf(rows[0])) / 5);

        t = sale(loan, 1, 4, 5, 0);
        t.buyer = address(odd);
        bytes32 digest = escrow.transferDigest(t);
        bytes memory own = signed(lenderKey(1), digest);
        length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, address(odd)));
        escrow.transferPosition(t, length, own, "");
        odd.turn(ContractLender.Mood.Burns);
        vm.prank(rival);
        (bool done,) =
            address(escrow).call{gas: 3_000_000}(abi.encodeCall(ILoanEscrow.transferPosition, (t, length, own, "")));
        vm.assertFalse(done);
        claim(loan, lenderAt(2));
    }

    function submit(PositionTransfer memory t) private {
        submitWith(t, signed(keyOf(t.buyer), escrow.transferDigest(t)));
    }

    function submitWith(PositionTransfer memory t, bytes memory buyers) private {
        bytes memory sellers = signed(keyOf(t.seller), escrow.transferDigest(t));
        uint32 length = lengthOf(t.loan);
        vm.prank(rival);
        escrow.transferPosition(t, length, sellers, buyers);
    }

    function refused(PositionTransfer memory t, bytes memory error) private {
        bytes32 digest = escrow.transferDigest(t);
        bytes memory sellers = signed(keyOf(t.seller), digest);
        bytes memory buyers = signed(keyOf(t.buyer), digest);
        uint32 length = lengthOf(t.loan);
        vm.prank(rival);
        vm.expectRevert(error);
        escrow.transferPosition(t, length, sellers, buyers);
    }

    function keyOf(address lender) private pure returns (uint256) {
        for (uint256 i = 0; i < 10; ++i) {
            if (lenderAt(i) == lender) return lenderKey(i);
        }
        return 1;
    }
}
