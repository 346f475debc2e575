// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {AuditAnchors} from "../../../contracts/supervision/AuditAnchors.sol";
import {IAuditAnchors} from "../../../contracts/supervision/IAuditAnchors.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

contract AuditAnchorsTest is CoreTest {
    bytes32 private constant LOG = "platform";

    AuditAnchors private audit;

    function setUp() public override {
        super.setUp();
        audit = new AuditAnchors(consortium);
    }

    function test_anAnchorIsKeptWithItsDayBlockAndTime() public {
        vm.roll(77);
        vm.warp(1_800_000_000);
        vm.expectEmit();
        emit IAuditAnchors.AuditAnchored(1, LOG, 5, "h5", START, platform);
        vm.prank(platform);
        audit.anchor(LOG, 5, "h5");
        IAuditAnchors.Anchor memory last = audit.latest(1, LOG);
        assertSame(last, IAuditAnchors.Anchor("h5", 5, START, 77, 1_800_000_000));
        vm.assertEq(audit.count(1, LOG), 1);
    }

    function test_anchorsStandInTheirOrderAndAreReadInPages() public {
        for (uint64 n = 1; n <= 5; ++n) {
            anchor(platform, LOG, n * 10, bytes32(uint256(n)));
        }
        IAuditAnchors.Anchor[] memory found = audit.anchors(1, LOG, 1, 3);
        vm.assertEq(found.length, 3);
        vm.assertEq(found[0].length, 20);
        vm.assertEq(found[2].head, bytes32(uint256(4)));
        vm.assertEq(audit.anchors(1, LOG, 4, 100).length, 1);
        vm.assertEq(audit.anchors(1, LOG, 5, 100).length, 0);
        vm.assertEq(audit.anchors(1, LOG, type(uint256).max, type(uint256).max).length, 0);
        vm.assertEq(audit.anchors(1, LOG, 0, type(uint256).max).length, 5);
    }

    /// @notice Attack: a rewritten or shortened log is anchored over the one that was there.
    function test_aLogThatHasNotGrownIsRefusedWhateverItsHead() public {
        anchor(bank, LOG, 10, "h");
        vm.startPrank(bank);
        for (uint64 length = 9; length <= 10; ++length) {
            vm.expectRevert(abi.encodeWithSelector(IAuditAnchors.AuditLogNotLonger.selector, 2, LOG, 10, length));
            audit.anchor(LOG, length, "other");
        }
        audit.anchor(LOG, 11, "i");
        vm.assertEq(audit.anchors(2, LOG, 0, 1)[0].head, bytes32("h"));
    }

    function test_refusesNothings() public {
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchors.AuditAnchorInvalid.selector, bytes32(0), bytes32("h"), 1));
        audit.anchor(0, 1, "h");
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchors.AuditAnchorInvalid.selector, LOG, bytes32("h"), 0));
        audit.anchor(LOG, 0, "h");
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchors.AuditAnchorInvalid.selector, LOG, bytes32(0), 1));
        audit.anchor(LOG, 1, 0);
    }

    function test_logsOfMembersAndOfOneMembersSeatsAreApart() public {
        anchor(platform, LOG, 10, "p");
        anchor(platform, "second seat", 3, "s");
        anchor(bank, LOG, 2, "b");
        anchor(platform, LOG, 11, "q");
        vm.assertEq(audit.latest(1, "second seat").length, 3);
        vm.assertEq(audit.latest(2, LOG).head, bytes32("b"));
        bytes32[] memory names = audit.logs(1);
        vm.assertEq(names.length, 2);
        vm.assertEq(names[0], LOG);
        vm.assertEq(names[1], bytes32("second seat"));
        vm.assertEq(audit.latest(3, LOG).length, 0);
    }

    function test_aKeyOfAMemberAnchorsForItsMemberAndOnlyWithTheScope() public {
        address documenting = registerKey(bank, 0xD0C, uint64(1) << uint64(Scope.Document), 0);
        anchor(documenting, LOG, 1, "h");
        vm.assertEq(audit.latest(2, LOG).length, 1);
        address booking = registerKey(bank, 0xB00, uint64(1) << uint64(Scope.Book), 0);
        vm.prank(booking);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, booking, Scope.Document));
        audit.anchor(LOG, 2, "i");
        vm.prank(observer);
        vm.expectPartialRevert(IConsortium.ConsortiumSeatNotAllowed.selector);
        audit.anchor(LOG, 2, "i");
    }

    /// @notice Whatever lengths are tried, what is kept only grows, and is what was accepted.
    function testFuzz_keptLengthsOnlyGrow(uint64[] calldata lengths) public {
        uint64 longest;
        uint256 kept;
        vm.startPrank(regulator);
        for (uint256 i = 0; i < lengths.length; ++i) {
            try audit.anchor(LOG, lengths[i], keccak256(abi.encode(i))) {
                vm.assertGt(lengths[i], longest);
                longest = lengths[i];
                ++kept;
            } catch {
                vm.assertLe(lengths[i], longest);
            }
        }
        vm.assertEq(audit.count(3, LOG), kept);
        vm.assertEq(audit.latest(3, LOG).length, longest);
    }

    function test_gasOfAnAnchor() public {
        vm.startPrank(platform);
        audit.anchor(LOG, 1, "a");
        vm.cool(address(audit));
        audit.anchor(LOG, 2, "b");
        vm.assertLt(vm.lastCallGas().gasTotalUsed, 90_000);
    }

    function anchor(address sender, bytes32 log, uint64 length, bytes32 head) private {
        vm.prank(sender);
        audit.anchor(log, length, head);
    }

    function assertSame(IAuditAnchors.Anchor memory a, IAuditAnchors.Anchor memory b) private pure {
        vm.assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(b)));
    }
}
