"""The WSGI door."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What is loaded now lives as long as the process. Left where it is, each full collection walks all of it in the
# middle of some request; frozen, a collection looks at what requests leave behind.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
