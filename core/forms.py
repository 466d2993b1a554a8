"""How forms are written: the look's own field and form templates for every Django form.

Named by `FORM_RENDERER`, so `{{ form }}` and `{{ field.as_field_group }}` give label, control, error and help,
tied together for those who listen, and a list of what went wrong at the top, each a link to its field.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SELECT = "django/forms/widgets/select.html"


class Renderer(DjangoTemplates):
    """The project's templates first, Django's own widgets where the project has none."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

    def get_template(self, template_name: str) -> Any:
        try:
            return get_template(template_name)
        except TemplateDoesNotExist:
            return super().get_template(template_name)

    def render(
        self, template_name: str, context: Mapping[str, Any], request: HttpRequest | None = None
    ) -> str:
        """A list to choose from is written here: a template for each of two hundred options takes longer than the page."""
        if template_name == SELECT:
            return select(context["widget"])
        return str(super().render(template_name, dict(context), request))


def select(widget: Mapping[str, Any]) -> SafeString:
    """`<select>` as Django's own template writes it, groups included."""
    groups = format_html_join(
        "", "{}", ((_group(name, options),) for name, options, _ in widget["optgroups"])
    )
    return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(_said(widget)), groups)


def _group(name: str | None, options: list[Mapping[str, Any]]) -> SafeString:
    written = format_html_join("", '<option value="{}"{}>{}</option>', _options(options))
    return format_html('<optgroup label="{}">{}</optgroup>', name, written) if name else written


def _options(options: list[Mapping[str, Any]]) -> Iterator[tuple[Any, str, Any]]:
    for option in options:
        value = "" if option["value"] is None else option["value"]
        yield value, flatatt(_said(option)), option["label"]


def _said(widget: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in widget["attrs"].items() if value is not False and value is not None
    }
