// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Working-day calendars, numbered; each is extended year by year and what is published never changes. Permanent.
/// A day is kept as a bit, 256 to a word; a set bit is a day on which banks don't work. Days beyond what is published are working
/// days from Monday to Friday.
interface IWorkingDays {
    event WorkingDaysPublished(uint16 indexed calendar, uint32 from, uint32 through, uint32 version);

    error WorkingDaysUnknown(uint16 calendar);
    /// @dev Publishing goes on where it ended and never covers a day at or before the business date again: days that were not
    /// published in time stay as they were taken to be. A first publication begins at most 800 days after the business date.
    error WorkingDaysRange(uint16 calendar, uint32 from, uint32 expected);
    /// @dev Not 1 to 800 days, or not as many words as they need.
    error WorkingDaysLength(uint16 calendar, uint32 length, uint256 words);

    /// @notice Publishes the working days from `from` on: bit i of `closed` (little end first, word i / 256) is day `from` + i.
    /// Regulator only. The first publication of a number founds the calendar.
    /// @param length days covered
    function publish(uint16 calendar, uint32 from, uint32 length, uint256[] calldata closed) external;

    /// @notice The first working day at or after `day`; `day` itself for calendar 0.
    function payableBy(uint16 calendar, uint32 day) external view returns (uint32);

    function isWorkingDay(uint16 calendar, uint32 day) external view returns (bool);

    /// @return from first published day
    /// @return through last published day
    /// @return version number of publications
    function published(uint16 calendar) external view returns (uint32 from, uint32 through, uint32 version);
}
