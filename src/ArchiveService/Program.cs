using System.CommandLine;
using ArchiveService.Features.Backups;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Export;
using ArchiveService.Features.Import;
using ArchiveService.Features.Inspections;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Proofs;
using ArchiveService.Features.Rebuild;
using ArchiveService.Features.Seed;
using ArchiveService.Features.Verify;
using ArchiveService.Features.Warc;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

// ./run          serve the archive
// ./run VERB     one of the verbs below, on the same archive, whether it is being served or not
using var stop = new StopSignals();
return await CommandLine.Run(
    args,
    serve: WebHost.Serve,
    verbs: open =>
    [
        MigrateVerb.Verb(open),
        KeysVerb.Verb(KeyVerbs.All(open)),
        ImportVerb.Verb(open),
        TokenVerb.Verb(open),
        VerifyVerb.Verb(open),
        ProofVerb.Verb(open),
        WarcVerb.Verb(),
        ExportVerb.Verb(open),
        RebuildVerb.Verb(open),
        ResumeLog.Verb(open),
        EvidenceVerb.Verb(open),
        SeedVerb.Verb(open),
        Scrub.Verb(open),
        BackupVerb.Verb(open),
        RestoreVerb.Verb(),
        JoPackVerb.Verb(open),
    ],
    stop.Token);
