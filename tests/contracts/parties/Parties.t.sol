// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium} from "../../../contracts/consortium/IConsortium.sol";
import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {IParties, PartyKind} from "../../../contracts/parties/IParties.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Registration, replacement of a lost key, freezes. See Parties.tree.
contract PartiesTest is CoreTest {
    address private lender = lenderAt(0);
    address private next = vm.addr(0xE1);
    bytes32 private subject = subjectOf(lenderAt(0));

    // ------------------------------------------------------------------------------------------------------- registration

    function test_bankRegistersEachAccountAndEachSubjectOnce() public {
        vm.startPrank(bank);
        parties.register(stranger, "s", PartyKind.Organisation);
        vm.assertEq(parties.accountOf("s"), stranger);
        vm.assertEq(parties.party(stranger).subject, bytes32("s"));
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesAccountInUse.selector, stranger));
        parties.register(stranger, "t", PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesSubjectInUse.selector, bytes32("s")));
        parties.register(lenderAt(0), "s", PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, address(0), bytes32("u"), 1));
        parties.register(address(0), "u", PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, lenderAt(0), bytes32(0), 1));
        parties.register(lenderAt(0), 0, PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, lenderAt(0), bytes32("u"), 0));
        parties.register(lenderAt(0), "u", PartyKind.None);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, address(withdrawals), bytes32("u"), 2));
        parties.register(address(withdrawals), "u", PartyKind.Organisation);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesUnknown.selector, lenderAt(0)));
        parties.party(lenderAt(0));
    }

    function test_signerIsThePresentAccountAndPayeeToo() public {
        register(lender);
        vm.assertEq(parties.signer(lender), subject);
        vm.assertEq(parties.payee(subject), lender);
        vm.assertEq(parties.payee("nobody"), address(0));
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesUnknown.selector, stranger));
        parties.signer(stranger);
    }

    // -------------------------------------------------------------------------------------------------------- replacement

    function test_aLostKeyIsReplacedAfterNoticeAndConsentAndItsTokensMove() public {
        fundedLender(0, 1000);
        vm.prank(bank);
        vm.expectEmit();
        emit IParties.ReplacementAnnounced(subject, next, START + 7, "lost");
        parties.announceReplacement(subject, next, "lost");
        vm.prank(regulator);
        vm.expectEmit();
        emit IParties.ReplacementConsented(subject, next);
        parties.consentReplacement(subject, next);
        IParties.Replacement memory r = parties.replacementOf(subject);
        vm.assertTrue(r.account == next && r.from == START + 7 && r.consented);

        closeThrough(START + 5);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesNoticeRunning.selector, subject, START + 7, START + 6));
        parties.replace(subject);
        closeThrough(START + 6);
        vm.prank(rival);
        vm.expectEmit();
        emit IParties.PartyReplaced(subject, lender, next);
        vm.expectEmit();
        emit ICustodyToken.HolderMoved(lender, next, 1000);
        parties.replace(subject);

        vm.assertEq(token.balanceOf(lender), 0);
        vm.assertEq(token.balanceOf(next), 1000);
        vm.assertEq(parties.accountOf(subject), next);
        vm.assertEq(parties.payee(subject), next);
        vm.assertEq(parties.signer(next), subject);
        vm.assertTrue(parties.party(next).kind == PartyKind.Person);
        // History still names the party that the former account was.
        vm.assertEq(parties.party(lender).subject, subject);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesReplaced.selector, lender, next));
        parties.signer(lender);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesNoReplacement.selector, subject));
        parties.replace(subject);
    }

    function test_withoutTheRegulatorNobodyIsReplaced() public {
        register(lender);
        announce(next);
        closeThrough(START + 20);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesNotConsented.selector, subject, next));
        parties.replace(subject);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, bank, 2));
        parties.consentReplacement(subject, next);
    }

    /// @notice Attack: the bank exchanges the account after the regulator has consented.
    function test_consentFitsOneAnnouncementOnly() public {
        register(lender);
        announce(next);
        vm.prank(regulator);
        parties.consentReplacement(subject, next);
        closeThrough(START + 6);
        announce(stranger);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesNotConsented.selector, subject, stranger));
        parties.replace(subject);
        // Announced anew, even the same account needs consent and notice again.
        announce(next);
        vm.assertEq(parties.replacementOf(subject).from, START + 14);
        vm.assertFalse(parties.replacementOf(subject).consented);
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesNoReplacement.selector, subject));
        parties.consentReplacement(subject, stranger);
    }

    function test_bankOrRegulatorTakesAnAnnouncementBack() public {
        register(lender);
        address[2] memory either = [bank, regulator];
        for (uint256 i = 0; i < 2; ++i) {
            announce(next);
            vm.prank(either[i]);
            vm.expectEmit();
            emit IParties.ReplacementWithdrawn(subject, next);
            parties.withdrawReplacement(subject);
            bytes memory error = abi.encodeWithSelector(IParties.PartiesNoReplacement.selector, subject);
            vm.prank(regulator);
            vm.expectRevert(error);
            parties.consentReplacement(subject, next);
            vm.prank(either[i]);
            vm.expectRevert(error);
            parties.withdrawReplacement(subject);
        }
    }

    function test_theNewAccountIsOneThatNamesNobody() public {
        register(lender);
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesSubjectUnknown.selector, bytes32("nobody")));
        parties.announceReplacement("nobody", next, "lost");
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesAccountInUse.selector, borrower));
        parties.announceReplacement(subject, borrower, "lost");
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesAccountInUse.selector, lender));
        parties.announceReplacement(subject, lender, "lost");
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, address(0), subject, 1));
        parties.announceReplacement(subject, address(0), "lost");
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, address(withdrawals), subject, 1));
        parties.announceReplacement(subject, address(withdrawals), "lost");
    }

    function test_anAccountRegisteredDuringTheNoticeTakesNoSubjectOver() public {
        register(lender);
        announce(next);
        vm.prank(regulator);
        parties.consentReplacement(subject, next);
        register(next);
        closeThrough(START + 6);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesAccountInUse.selector, next));
        parties.replace(subject);
    }

    function test_aFormerAccountNeverComesBack() public {
        register(lender);
        replaceAccount(subject, next);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesAccountInUse.selector, lender));
        parties.announceReplacement(subject, lender, "found again");
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesAccountInUse.selector, lender));
        parties.register(lender, "another", PartyKind.Person);
    }

    // ------------------------------------------------------------------------------------------------------------- freezes

    function test_theRegulatorHoldsASubjectsPayoutsWithTwoKeys() public {
        register(lender);
        bytes memory call = abi.encodeCall(IParties.freeze, (subject, "order"));
        bytes32 action = approvals.actionOf(address(parties), call);
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        parties.freeze(subject, "order");
        approveCall(regulatorSecond, address(parties), call);
        vm.expectEmit();
        emit IParties.SubjectFrozen(subject, "order");
        send(regulator, address(parties), call);
        vm.assertTrue(parties.frozen(subject));
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subject));
        parties.payee(subject);
        // It still is who it is, and is still paid into its account.
        vm.assertEq(parties.signer(lender), subject);
        vm.assertEq(parties.accountOf(subject), lender);
        vm.assertFalse(parties.frozen(subjectOf(borrower)));

        call = abi.encodeCall(IParties.unfreeze, (subject, "lifted"));
        action = approvals.actionOf(address(parties), call);
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        parties.unfreeze(subject, "lifted");
        approveCall(regulatorSecond, address(parties), call);
        vm.expectEmit();
        emit IParties.SubjectReleased(subject, "lifted");
        send(regulator, address(parties), call);
        vm.assertEq(parties.payee(subject), lender);
    }

    function test_refusesAFreezeTwiceAReleaseOfNothingAndAnUnknownSubject() public {
        register(lender);
        refusedFreeze(
            abi.encodeCall(IParties.unfreeze, (subject, "o")),
            abi.encodeWithSelector(IParties.PartiesNotFrozen.selector, subject)
        );
        freeze(subject);
        refusedFreeze(
            abi.encodeCall(IParties.freeze, (subject, "o")),
            abi.encodeWithSelector(IParties.PartiesFrozen.selector, subject)
        );
        refusedFreeze(
            abi.encodeCall(IParties.freeze, ("nobody", "o")),
            abi.encodeWithSelector(IParties.PartiesSubjectUnknown.selector, bytes32("nobody"))
        );
    }

    function test_aReplacedKeyLeavesAFreezeAsItIs() public {
        fundedLender(0, 10);
        freeze(subject);
        replaceAccount(subject, next);
        vm.assertTrue(parties.frozen(subject));
        vm.assertEq(token.balanceOf(next), 10);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subject));
        parties.payee(subject);
    }

    function announce(address account) private {
        vm.prank(bank);
        parties.announceReplacement(subject, account, "lost");
    }

    function refusedFreeze(bytes memory call, bytes memory error) private {
        approveCall(regulatorSecond, address(parties), call);
        vm.prank(regulator);
        (bool done, bytes memory answer) = address(parties).call(call);
        vm.assertFalse(done);
        vm.assertEq(answer, error);
    }
}
