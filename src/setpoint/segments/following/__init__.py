"""Followed segments: who enters and who leaves, within moments of the event that made them.

A follower takes accepted events in order, ahead of the lake, and reads each followed segment for the customer whom an
event is about. Changes are written in the transaction that moves its cursor: exactly once, whatever dies when.

Late and out of order: an event counts by the time at which it happened, never by when it arrived, so the order of
arrival makes no difference to who is in at the end. A late event within a condition's window counts at once; one before
it changes nothing; one dated ahead counts when its time has come. The lake has the last word: a review compares each
followed segment with the set-based reading of all data. What time alone, an import or an edit has changed it records as
"review"; where the live reading was wrong it records "correction" and reads that customer's events anew.
"""
