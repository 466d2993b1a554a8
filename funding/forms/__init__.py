"""Forms of this room. They only shape; every rule is the service's."""

from funding.forms.draft import DraftForm as DraftForm
from funding.forms.filling import empty_facts as empty_facts
from funding.forms.filling import facts_of as facts_of
from funding.forms.publishing import PublishForm as PublishForm
