using ArchiveService.Access;
using ArchiveService.Features.DataSubjects;
using ArchiveService.Http;

namespace ArchiveService.Features.Seed;

/// <summary>Two persons who use their rights: one identified and waiting for an extract, one asked to show who it is.</summary>
public sealed class DemoSubjects(ReceiveSubjectRequestHandler receiving, SubjectRequests requests, SubjectRegister register)
{
    /// <summary>How many things were done now.</summary>
    internal async Task<int> Run(string code, Guid authority, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        var rut = staff["rut"];
        if ((await register.Of(rut, openOnly: false, ct)).Any(r => r.Authority == authority)) return 0;
        var extract = await Received(new(code, "access", "Kajsa Låtsberg", "Storgatan 1, Granvika", "Jag vill ha allt ni har om mig.", "visit"), rut, ct);
        DemoArchive.Must((await requests.Identify(extract, new("idDocument"), default, rut, ct) as Outcome.Refused)?.Why);
        var erasure = await Received(new(code, "erasure", "Olle Påhittad", "olle@example.se", "Ta bort mina kommentarer."), rut, ct);
        DemoArchive.Must((await requests.Ask(erasure, new("Svar på e-posten: kom förbi med legitimation, eller skriv från kontot."), default, rut, ct) as Outcome.Refused)?.Why);
        return 4;
    }

    private async Task<Guid> Received(ReceiveSubjectRequest command, Caller by, CancellationToken ct)
    {
        var (id, _, outcome) = await receiving.Receive(command, by, ct);
        DemoArchive.Must((outcome as Outcome.Refused)?.Why);
        return id;
    }
}
