"""What the council's tables refuse below the application: a ballot of who may not vote, or after the close; a rewritten record."""

from django.db import migrations

from core.refuses import refuses
from core.stands import stands

HOLDER = "SELECT s.holder_id FROM governance_itemseat s WHERE s.item_id = NEW.item_id AND s.seat_id = NEW.seat_id"
# A ballot that is being told not to count is always let through: that is how one of a person in conflict is kept.
COUNTS = "COALESCE(NEW.counted, TRUE)"
IN_CONFLICT = (
    "EXISTS (SELECT 1 FROM governance_gateconflict c JOIN governance_agendaitem i ON i.id = NEW.item_id "
    "WHERE c.initiative_id = i.initiative_id AND (c.submission_id IS NULL OR c.submission_id = i.submission_id) "
    f"AND (c.user_id = NEW.cast_by_id OR c.user_id = ({HOLDER})))"
)
RECUSED = (
    "EXISTS (SELECT 1 FROM governance_recusal r WHERE r.item_id = NEW.item_id AND r.lifted_at IS NULL "
    f"AND (r.user_id = NEW.cast_by_id OR r.user_id = ({HOLDER})))"
)
ON_ROSTER = (
    "EXISTS (SELECT 1 FROM governance_itemseat s WHERE s.item_id = NEW.item_id AND s.seat_id = NEW.seat_id AND "
    "(s.holder_id = NEW.cast_by_id AND NEW.delegation_id IS NULL OR EXISTS (SELECT 1 FROM governance_delegation d "
    "WHERE d.id = NEW.delegation_id AND d.seat_id = s.seat_id AND d.holder_id = s.holder_id "
    "AND d.delegate_id = NEW.cast_by_id AND d.begins_at <= NEW.cast_at AND NEW.cast_at < d.until "
    "AND (d.revoked_at IS NULL OR NEW.cast_at < d.revoked_at))))"
)
A_PERSON = (
    "EXISTS (SELECT 1 FROM core_user u WHERE u.id = NEW.cast_by_id AND u.is_active AND NOT u.is_service)"
)
STATE = "(SELECT i.state FROM governance_agendaitem i WHERE i.id = NEW.item_id)"
# What was escalated is answered once, by the decision of the authority above the council.
ANSWERED = (
    "OLD.result = 'escalated' AND OLD.decision_id IS NULL AND NEW.decision_id IS NOT NULL AND NEW.state = 'closed' "
    "AND NEW.result = 'escalated'"
)
APPROVED = (
    "EXISTS (SELECT 1 FROM governance_minutes m JOIN governance_agendaitem i ON i.meeting_id = m.meeting_id "
    "WHERE i.id = NEW.item_id AND m.approved_at IS NOT NULL)"
)


class Migration(migrations.Migration):
    # The triggers name core_user, which SQLite builds anew for a column of 0007 and 0008 and then would not find.
    dependencies = [
        ("core", "0008_notices"),
        ("governance", "0004_council"),
        ("governance", "0006_nobody_decides_on_their_own"),
    ]
    operations = [
        refuses("governance_ballot", "closed", f"{STATE} <> 'open'", "The item is closed. Its ballots stand."),
        refuses("governance_ballot", "conflict", f"{COUNTS} AND {IN_CONFLICT}", "Nobody votes on their own work."),
        refuses("governance_ballot", "recused", f"{COUNTS} AND {RECUSED}", "Whoever is recused does not vote."),
        refuses("governance_ballot", "roster", f"{COUNTS} AND NOT {ON_ROSTER}", "This seat is not theirs on the frozen roster."),
        refuses("governance_ballot", "person", f"{COUNTS} AND NOT {A_PERSON}", "Only an active person votes."),
        refuses("governance_ballot", "uncounted", "NEW.counted IS NOT NULL", "A ballot counts at the close.", verbs=("INSERT",)),
        stands("governance_ballot", ("item_id", "seat_id"), "A ballot is cast for one seat on one item, and kept."),
        stands("governance_gateconflict", ("initiative_id", "submission_id", "user_id", "because", "found_at"),
               "A conflict is added and never taken away."),
        stands("governance_recusal", ("item_id", "user_id", "kind", "because", "declared_at"),
               "A recusal stands. It is lifted, with a reason.", may_empty=("declared_by_id",)),
        refuses("governance_recusal", "lifted", "OLD.lifted_at IS NOT NULL", "This was lifted already.", verbs=("UPDATE",)),
        stands("governance_itemseat", ("item_id", "seat_id", "name", "holder_id", "presides", "may_veto"),
               "The roster of an item is frozen when it opens."),
        refuses("governance_itemseat", "frozen", f"{STATE} <> 'open'", "The roster of an item is frozen when it opens.",
                verbs=("INSERT",)),
        stands("governance_dissent", ("item_id", "author_id", "kind", "text", "at"), "A statement stands as it was written."),
        refuses("governance_dissent", "approved", APPROVED, "The minutes are approved. Nothing is added to them.",
                verbs=("INSERT",)),
        stands("governance_seatterm", ("seat_id", "holder_id", "from_on", "seated_at"), "A term stands. It is ended, with a reason."),
        stands("governance_delegation", ("seat_id", "holder_id", "delegate_id", "meeting_id", "begins_at", "until", "notified_at"),
               "A vote lent stands. It is taken back."),
        stands("governance_agendaitem", ("meeting_id", "initiative_id", "created_at"), "An item stands. It is taken off the agenda."),
        refuses("governance_agendaitem", "closed", f"OLD.state = 'closed' AND NOT ({ANSWERED})",
                "The item is closed. Its result stands.", verbs=("UPDATE",)),
        refuses("governance_agendaitem", "motion",
                "OLD.state IN ('open', 'confirming') AND NEW.motion <> OLD.motion", "What is voted on stands.", verbs=("UPDATE",)),
        refuses("governance_minutes", "approved", "OLD.approved_at IS NOT NULL", "Approved minutes stand.", verbs=("UPDATE",)),
        stands("governance_minutes", ("meeting_id",), "Minutes are kept."),
    ]  # fmt: skip
