using ArchiveService.Access;
using ArchiveService.Evidence;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Proofs;

/// <summary>
/// Bundles as files, from the command line: in the name of a person, who gets what they would get over HTTP, and whose reading is noted just the same. A file that
/// is there already is never written over.
/// </summary>
public sealed class ProofFiles(ProofHandler proofs, DisposalRuns runs, PersonRegister persons, Principals principals)
{
    /// <returns>How many files were written: the bundle, and the large attachments beside it.</returns>
    /// <exception cref="CannotStart">The person may not, there is no such record, or a file stands in the way.</exception>
    public async Task<int> OfRecord(Guid record, ProofAsked asked, string by, string? reason, string into, CancellationToken ct)
    {
        var bundle = Or(await proofs.OfRecord(record, asked, await Person(by, ct), reason, ct));
        var written = await Write(bundle, into, ct);
        return written + await proofs.WriteBeside(bundle, name => Create(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(into))!, name)), ct);
    }

    public async Task<int> OfDisposal(Guid run, Guid? record, string by, string into, CancellationToken ct)
    {
        var caller = await Person(by, ct);
        if (await DisposalRoutes.Visible(run, caller, runs, ct) is not { } found) throw new CannotStart($"There is no gallring run {run:D}, or {by} may not see it.");
        return await Write(Or(await proofs.OfDisposal(found, record, caller, ct)), into, ct);
    }

    /// <summary>That the log at one size extends the log at another; for anybody.</summary>
    public async Task<int> OfLog(long from, long? to, string into, CancellationToken ct) => await Write(Or(await proofs.Extension(from, to, ct)), into, ct);

    private async Task<Caller> Person(string name, CancellationToken ct) =>
        await persons.Find(name, service: false, ct) is { } id && await principals.OfPerson(id, ct) is { } caller
            ? caller : throw new CannotStart($"There is no person called {name}. Persons stand under /anvandare.");

    private static ProofBundle Or((ProofBundle? Bundle, Refusal? Refused) made) => made.Bundle ?? throw new CannotStart(made.Refused!.Explanation);

    private static async Task<int> Write(ProofBundle bundle, string into, CancellationToken ct)
    {
        await using var file = Create(into);
        await file.WriteAsync(bundle.Write(), ct);
        return 1;
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new(path, options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CannotStart($"{path} cannot be written: {error.Message}", error);
        }
    }
}
