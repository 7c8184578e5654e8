"""The burst-level model: requests walk through queues, a scheduler and bank state, tick by tick where anything happens."""
