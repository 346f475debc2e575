"""Writes pyiso20022 messages as XML bytes: the same message gives the same bytes, and only valid messages come out."""

from __future__ import annotations

from datetime import date, datetime

from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as camt
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as pain
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig
from xsdata.models.datatype import XmlDate, XmlDateTime

from chain.bank.iso_schema import check_schema
from chain.bank.xml_tree import read_tree


def message_bytes(document: camt.Document | pain.Document, namespace: str) -> bytes:
    """UTF-8 XML of `document`, indented. Raises SchemaViolation or MalformedXml if a value doesn't fit."""
    serializer = XmlSerializer(config=SerializerConfig(indent="  ", encoding="UTF-8"))
    data = serializer.render(document, ns_map={None: namespace}).encode()
    tree = read_tree(data)
    check_schema(tree, tree.root, type(document))
    return data


def xml_date(day: date) -> XmlDate:
    """The day without a time zone."""
    return XmlDate(day.year, day.month, day.day)


def xml_time(moment: datetime) -> XmlDateTime:
    """The moment to the second; its offset is kept if it has one."""
    return XmlDateTime.from_datetime(moment.replace(microsecond=0))
