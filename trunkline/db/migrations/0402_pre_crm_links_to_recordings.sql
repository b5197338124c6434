-- amoCRM is told of a recording by a link, which opens for whoever sees the note: that has to be wanted.

update crm_connectors set records = 'none' where kind = 'amocrm';
