"""Facts of cards, read from and written into lossless text.

======================  ====================================================================
``read``                text -> CardFacts
``peek``                text -> UID, without taking it apart
``write_card``          text (or None) + CardFacts -> text; only what differs is written anew
``semantically_equal``  whether two cards mean the same
``meanings``            what the lines of a card say, counted
======================  ====================================================================
"""

from calendars.vcard.facts import CardFacts, CardValue, phone_digits, same_phone
from calendars.vcard.reading import peek, read
from calendars.vcard.same import meanings, semantically_equal
from calendars.vcard.writing import write_card

__all__ = [
    "CardFacts",
    "CardValue",
    "meanings",
    "peek",
    "phone_digits",
    "read",
    "same_phone",
    "semantically_equal",
    "write_card",
]
