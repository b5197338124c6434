"""The live floor: queues, agents and lines now and today, as a supervisor's page, a wallboard and the API."""
