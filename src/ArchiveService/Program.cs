using System.CommandLine;
using ArchiveService.Features.Import;
using ArchiveService.Hosting;

// ./run          serve the archive
// ./run VERB     one of the verbs below, on the same archive, whether it is being served or not
using var stop = new StopSignals();
return await CommandLine.Run(
    args,
    serve: WebHost.Serve,
    verbs: open =>
    [
        MigrateVerb.Verb(open),
        ImportVerb.Verb(open),
    ],
    stop.Token);
