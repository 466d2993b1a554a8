"""How forms are written: the look's own field and form templates for every Django form.

Named by `FORM_RENDERER`, so `{{ form }}` and `{{ field.as_field_group }}` give label, control, error and help,
tied together for those who listen, and a list of what went wrong at the top, each a link to its field.
"""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.template import TemplateDoesNotExist
from django.template.loader import get_template


class Renderer(DjangoTemplates):
    """The project's templates first, Django's own widgets where the project has none."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

    def get_template(self, template_name: str) -> Any:
        try:
            return get_template(template_name)
        except TemplateDoesNotExist:
            return super().get_template(template_name)
