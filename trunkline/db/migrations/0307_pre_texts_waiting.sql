-- What waits for an engine or a model, without the many that are left out for good: those take no room in the index.

drop index transcripts_unmade;
create index transcripts_unmade on transcripts (wanted_at)
    where stage = 'wanted' and (stop is null or stop = 'no-model');
