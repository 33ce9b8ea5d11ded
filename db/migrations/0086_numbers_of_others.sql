-- Whether an authority has numbers that none of its own series gave is asked at every registration, while others wait for the series.
create index cases_of_other_systems on archive.cases (authority_id) where external_system is not null;
