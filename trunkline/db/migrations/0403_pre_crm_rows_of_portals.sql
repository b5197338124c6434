-- The indexes that 0400 replaced, apart: who builds one lets readers in, who drops one does not, and writers of several of
-- these tables would wait in a circle.
drop index companies_of_portals;
drop index contacts_of_portals;
drop index leads_of_portals;
drop index deals_of_portals;
