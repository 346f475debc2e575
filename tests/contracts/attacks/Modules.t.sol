// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {ILoanEscrow, Payment, Rebooking} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {PaymentsTest} from "../escrow/PaymentsTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice The escrow's modules, called by themselves: no loans, no money, no way to the escrow's.
contract ModulesTest is PaymentsTest {
    function setUp() public override {
        super.setUp();
        begin(baseTerms());
    }

    function test_aModuleKnowsNoLoan() public {
        bytes memory unknown = abi.encodeWithSelector(ILoanEscrow.LoanUnknown.selector, loan);
        refusedAt(escrow.funding(), abi.encodeCall(ILoanEscrow.expire, (loan, 1)), unknown);
        refusedAt(escrow.disbursements(), abi.encodeCall(ILoanEscrow.instruct, (loan, 1, "")), unknown);
        refusedAt(escrow.positions(), abi.encodeCall(ILoanEscrow.claim, (loan, 1, one(lenderAt(0)))), unknown);
        BankEntry memory entry = freshEntry();
        refusedAt(escrow.disbursements(), abi.encodeCall(ILoanEscrow.bouncePayout, (loan, 1, START, entry)), unknown);
        Row[] memory none = new Row[](0);
        address module = escrow.disbursements();
        Terms memory t = terms();
        vm.prank(platform);
        vm.expectPartialRevert(ILoanEscrow.TermsMismatch.selector);
        ILoanEscrow(module).disburse(t, 1, none);
    }

    function test_onlyLedgerContractsOpenLoansAtAModule() public {
        Terms memory t = baseTerms();
        bytes memory data = abi.encodeCall(ILoanEscrow.open, (keccak256("x"), t, "", 1, 0, 0, platform));
        refusedAt(escrow.openings(), data, abi.encodeWithSelector(ILoanEscrow.EscrowNotLedger.selector, bank));
    }

    /// @notice An approval names its target: one for the escrow is worth nothing at the module that carries the call out.
    function test_anApprovalForTheEscrowIsNotUsedAtAModule() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(1000);
        Rebooking memory r = reversal(seq);
        bytes memory data = abi.encodeCall(ILoanEscrow.rebook, (r));
        approveCall(bankSecond, address(escrow), data);
        address module = escrow.corrections();
        vm.prank(bank);
        vm.expectRevert();
        ILoanEscrow(module).rebook(r);
        send(bank, address(escrow), data);
        vm.assertEq(loanOf(loan).cash, 0);
    }

    /// @notice Modules sign in the escrow's domain when they run for it, and in their own when they don't.
    function test_anOrderForAModuleIsNoneForTheEscrow() public {
        fundedLender(5, 1000);
        Payment memory o = Payment(loan, lenderAt(5), 1000, "salt", today());
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Payment(bytes32 loan,address payer,uint128 amount,bytes32 salt,uint32 validThrough)"), o
            )
        );
        vm.assertEq(
            escrow.paymentDigest(o), keccak256(abi.encodePacked("\x19\x01", domain(address(escrow)), structHash))
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", domain(escrow.mandates()), structHash));
        bytes memory signature = signed(lenderKey(5), digest);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, lenderAt(5)));
        escrow.pay(o, length, signature);
    }

    function domain(address contract_) private view returns (bytes32) {
        bytes32 typeHash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(abi.encode(typeHash, keccak256("loan-ledger"), keccak256("1"), block.chainid, contract_));
    }

    function refusedAt(address module, bytes memory data, bytes memory error) private {
        vm.prank(bank);
        (bool done, bytes memory answer) = module.call(data);
        vm.assertFalse(done);
        vm.assertEq(answer, error);
    }
}
