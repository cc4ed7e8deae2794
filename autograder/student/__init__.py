"""The two ends of the wire: server.py and loader.py run inside the sandbox, proxy.py and models.py in the judge."""
