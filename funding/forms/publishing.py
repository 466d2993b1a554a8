"""The form that lets a draft stand."""

from django import forms

from funding.services.cases import BECAUSE


class PublishForm(forms.Form):
    """Why there is another version. `version`: of the draft as it was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    because = forms.CharField(
        label="What changed, and why", max_length=BECAUSE, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences. They stand beside this version for ever.",
    )  # fmt: skip

    def __init__(self, *args: object, first: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if first:
            self.fields["because"].label = "Why now"
        else:
            self.fields["because"].required = True
            self.fields["because"].error_messages["required"] = (
                "Say what changed since the version in force, and why."
            )
