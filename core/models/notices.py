"""What a person is told: in the product, and by mail as they chose."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models.record import Record


class Notice(Record):
    """One thing told to one person, and read by nobody else. `marker` says what it is about: the same is never told twice.

    `subject`: of a reminder, what is due, such as "condition-12"; empty where something happened. `due_on`: its day.
    `over_at`: it was handed over, moved or done before it was read; no mail goes out any more. `mail_at`: when mail of it is to
    go out, empty for never. `mail_begun_at` is committed before the mail is handed over: what was begun is not begun again,
    because nobody can know whether it arrived, and the notice itself stands here.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    marker = models.CharField(max_length=160)
    title = models.CharField(max_length=300)
    body = models.CharField(max_length=600, blank=True)
    url = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=80, blank=True)
    due_on = models.DateField(null=True, blank=True)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    mail_at = models.DateTimeField(null=True, blank=True)
    mail_begun_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mail_error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "marker"], name="told_once")]
        indexes = [
            # Read by the list of one person's notices.
            models.Index(fields=["user", "-id"], name="notice_of_person"),
            # Read by the post: what is to go out.
            models.Index(
                fields=["mail_at"], name="notice_to_mail", condition=Q(mail_begun_at=None, over_at=None)
            ),
            # Read by the reminders: what was told of a day and is not over.
            models.Index(
                fields=["subject", "due_on"],
                name="notice_standing",
                condition=Q(over_at=None) & ~Q(subject=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.marker}"
