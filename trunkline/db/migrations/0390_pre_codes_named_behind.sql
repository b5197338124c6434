-- A code of a card is hidden also where it is named behind it: texts that were analysed before are looked through again.
update analyses set stage = 'wanted', stop = 'before' where stage = 'analysed';
