-- The list of recordings is filtered by the category that the dictionaries gave them: those of one by their ids, the newest first.
create index analyses_by_category on analyses (category, recording_id);
