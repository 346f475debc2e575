// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EscrowBase} from "../../../contracts/escrow/EscrowBase.sol";
import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {ILoanEscrow, State, Subscription} from "../../../contracts/escrow/ILoanEscrow.sol";
import {LoanEscrow} from "../../../contracts/escrow/LoanEscrow.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

contract SubscribeTest is LedgerTest {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    bytes32 private loan;

    function setUp() public override {
        super.setUp();
        (loan,) = proposedLoan();
        fundedLender(0, 500_000);
        fundedLender(1, 500_000);
    }

    function test_firstSubscriptionMovesTokensAndStartsFunding() public {
        subscribe(loan, 0, 123_456);
        assertState(loan, State.Funding);
        vm.assertEq(token.balanceOf(lenderAt(0)), 376_544);
        vm.assertEq(token.balanceOf(address(escrow)), 123_456);
        vm.assertEq(escrow.positionOf(loan, subjectOf(lenderAt(0))).units, 123_456);
        vm.assertEq(loanOf(loan).subscribed, 123_456);
        vm.assertEq(loanOf(loan).cash, 123_456);
    }

    function test_loanIsFundedWhenThePrincipalIsReachedByOneMessageOrMany() public {
        Subscription[] memory two = new Subscription[](2);
        two[0] = subscription(loan, 0, 499_999);
        two[1] = subscription(loan, 1, 1);
        bytes[] memory signatures = new bytes[](2);
        signatures[0] = signed(lenderKey(0), escrow.subscriptionDigest(two[0]));
        signatures[1] = signed(lenderKey(1), escrow.subscriptionDigest(two[1]));
        vm.prank(rival);
        escrow.subscribe(loan, 1, two, signatures);
        assertState(loan, State.Funded);
        vm.assertEq(lengthOf(loan), 4); // proposed, two subscriptions, funded
    }

    function test_unitsOfOneLenderAddUp() public {
        subscribe(loan, 0, 100);
        subscribe(loan, 0, 200);
        vm.assertEq(escrow.positionOf(loan, subjectOf(lenderAt(0))).units, 300);
    }

    /// @notice Written out by hand from EIP-712.
    function test_subscriptionDigestIsTheEip712DigestThatWalletsCompute() public {
        Subscription memory s = subscription(loan, 0, 5);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("loan-ledger"),
                keccak256("1"),
                block.chainid,
                address(escrow)
            )
        );
        bytes32 typeHash = keccak256(
            "Subscription(bytes32 loan,address lender,uint128 amount,uint8 class,bytes32 salt,uint32 validThrough)"
        );
        bytes32 body = keccak256(abi.encode(typeHash, s.loan, s.lender, s.amount, s.class, s.salt, s.validThrough));
        vm.assertEq(escrow.subscriptionDigest(s), keccak256(abi.encodePacked(hex"1901", domain, body)));
    }

    function test_refusesAnUnknownLoanAndAnOldHistoryLength() public {
        refused(
            "none",
            0,
            subscription("none", 0, 1),
            abi.encodeWithSelector(ILoanEscrow.LoanUnknown.selector, bytes32("none"))
        );
        refused(
            loan, 0, subscription(loan, 0, 1), abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, loan, 1, 0)
        );
        refused(
            loan, 2, subscription(loan, 0, 1), abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, loan, 1, 2)
        );
    }

    function test_refusesMoneyForAFundedLoan() public {
        subscribe(loan, 0, 500_000);
        refused(
            loan,
            3,
            subscription(loan, 1, 1),
            abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Funded, State.Funding)
        );
    }

    function test_refusesMoneyAfterTheDeadlineButNotOnIt() public {
        closeThrough(START + 9);
        subscribe(loan, 0, 1);
        closeThrough(START + 10);
        refused(
            loan,
            2,
            subscription(loan, 0, 1),
            abi.encodeWithSelector(ILoanEscrow.DeadlinePassed.selector, START + 10, START + 11)
        );
    }

    function test_refusesNoSubscriptionsOrMissingSignatures() public {
        vm.startPrank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EscrowLengths.selector, 0, 0));
        escrow.subscribe(loan, 1, new Subscription[](0), new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EscrowLengths.selector, 2, 1));
        escrow.subscribe(loan, 1, new Subscription[](2), new bytes[](1));
    }

    function test_refusesASubscriptionToAnotherLoan() public {
        (bytes32 other,) = proposedLoan();
        refused(
            loan, 1, subscription(other, 0, 1), abi.encodeWithSelector(ILoanEscrow.OrderWrongLoan.selector, other, loan)
        );
    }

    function test_refusesNothingAndMoreThanTheLoanNeeds() public {
        refused(loan, 1, subscription(loan, 0, 0), abi.encodeWithSelector(ILoanEscrow.OrderZero.selector));
        subscribe(loan, 0, 400_000);
        refused(
            loan,
            2,
            subscription(loan, 1, 100_001),
            abi.encodeWithSelector(ILoanEscrow.SubscriptionAboveNeed.selector, 100_001, 100_000)
        );
    }

    function test_refusesAnExpiredSubscription() public {
        Subscription memory s = subscription(loan, 0, 1);
        s.validThrough = START;
        closeThrough(START);
        refused(loan, 1, s, abi.encodeWithSelector(ILoanEscrow.OrderExpired.selector, START, START + 1));
    }

    function test_refusesAReplayInALaterCallAndInTheSame() public {
        Subscription memory s = subscription(loan, 0, 100);
        bytes memory signature = signed(lenderKey(0), escrow.subscriptionDigest(s));
        bytes memory error = abi.encodeWithSelector(ILoanEscrow.OrderUsed.selector, escrow.subscriptionDigest(s));
        Subscription[] memory twice = new Subscription[](2);
        bytes[] memory signatures = new bytes[](2);
        (twice[0], twice[1]) = (s, s);
        (signatures[0], signatures[1]) = (signature, signature);
        vm.prank(rival);
        vm.expectRevert(error);
        escrow.subscribe(loan, 1, twice, signatures);

        send(loan, 1, s, signature);
        refused(loan, 2, s, error);
    }

    function test_refusesAnUnregisteredLender() public {
        refused(
            loan, 1, subscription(loan, 7, 1), abi.encodeWithSelector(IParties.PartiesUnknown.selector, lenderAt(7))
        );
    }

    function test_refusesALenderWithoutTheMoney() public {
        subscribe(loan, 0, 400_000);
        (bytes32 other,) = proposedLoan();
        Subscription memory s = subscription(other, 0, 100_001);
        refused(
            other,
            1,
            s,
            abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, lenderAt(0), 100_000, 100_001)
        );
    }

    function test_refusesSignaturesOfOthersAndMalleatedOnes() public {
        Subscription memory s = subscription(loan, 0, 100);
        bytes32 digest = escrow.subscriptionDigest(s);
        bytes memory error = abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, lenderAt(0));
        refusedWith(loan, 1, s, signed(lenderKey(1), digest), error);

        (uint8 v, bytes32 r, bytes32 low) = vm.sign(lenderKey(0), digest);
        bytes32 high = bytes32(CURVE_ORDER - uint256(low));
        refusedWith(loan, 1, s, abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)), error);
    }

    function test_refusesASignatureForAnotherAmountChainOrEscrow() public {
        Subscription memory s = subscription(loan, 0, 100);
        bytes32 digest = escrow.subscriptionDigest(s);
        bytes memory error = abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, lenderAt(0));

        Subscription memory more = subscription(loan, 0, 101);
        more.salt = s.salt;
        refusedWith(loan, 1, more, signed(lenderKey(0), digest), error);

        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes memory elsewhere = signed(lenderKey(0), escrow.subscriptionDigest(s));
        vm.chainId(here);
        refusedWith(loan, 1, s, elsewhere, error);

        LoanEscrow.Modules memory none;
        LoanEscrow otherEscrow =
            new LoanEscrow(EscrowBase.Parts(consortium, approvals, parties, token, workingDays, schedules), none);
        refusedWith(loan, 1, s, signed(lenderKey(0), otherEscrow.subscriptionDigest(s)), error);
    }

    function refused(bytes32 to, uint32 length, Subscription memory s, bytes memory error) private {
        uint256 index = s.lender == lenderAt(1) ? 1 : s.lender == lenderAt(0) ? 0 : 7;
        refusedWith(to, length, s, signed(lenderKey(index), escrow.subscriptionDigest(s)), error);
    }

    function refusedWith(bytes32 to, uint32 length, Subscription memory s, bytes memory signature, bytes memory error)
        private
    {
        (Subscription[] memory list, bytes[] memory signatures) = single(s, signature);
        vm.prank(rival);
        vm.expectRevert(error);
        escrow.subscribe(to, length, list, signatures);
    }

    function send(bytes32 to, uint32 length, Subscription memory s, bytes memory signature) private {
        (Subscription[] memory list, bytes[] memory signatures) = single(s, signature);
        vm.prank(rival);
        escrow.subscribe(to, length, list, signatures);
    }

    function single(Subscription memory s, bytes memory signature)
        private
        pure
        returns (Subscription[] memory list, bytes[] memory signatures)
    {
        list = new Subscription[](1);
        list[0] = s;
        signatures = new bytes[](1);
        signatures[0] = signature;
    }
}
