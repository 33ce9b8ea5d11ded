using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Seed;

/// <summary>The life of the demo's channels: one is active, one is half way there, one is closed for comments over a holiday; the others are as they were registered.</summary>
public sealed class DemoChannels(ChannelStreams channels, ChannelAdministrators administrators, SealedLog log, TimeProvider clock)
{
    /// <summary>How many steps were left to take.</summary>
    public async Task<int> Run(Guid channel, string preset, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        var (kim, moa, chef) = (staff["kim"], staff["moa"], staff["chefen"]);
        var today = Swedish.Day(clock.GetUtcNow());
        var done = 0;
        switch (preset)
        {
            case "herrljunga":
                await Step(l => l.Approvals.Any(a => a.Function == "forvaltningschef"), chef, new ApproveChannel("forvaltningschef", "Beslut 2026-01-12").Decide);
                await Step(l => l.Approvals.Any(a => a.Function == "kommunikation"), kim, new ApproveChannel("kommunikation").Decide);
                await Step(l => l.Plan is not null, kim, new WriteChannelPlan("Kommunledningskontoret", Goals: "Invånarna får svar där de redan är", Contact: "Växeln, 0000-00 00 00", Watch: "Varje dag, även helger", HoursPerWeek: 6).Decide);
                await Named("responsible", kim);
                await Named("administrator", kim);
                await Named("administrator", moa);
                await Named("substitute", moa);
                await Step(l => l.Texts.ContainsKey("provider"), kim, (l, w) => new WriteChannelText("Granvika kommun står bakom sidan. Du når oss i växeln.").Decide("provider", l, w));
                await Step(l => l.Texts.ContainsKey("visibility"), kim, (l, w) => new WriteChannelText("Det du skriver kan läsas av alla, också utan konto.").Decide("visibility", l, w));
                await Step(l => l.CustodyStated, kim, new StateLoginCustody("Kommunikationsenheten", "Kommunens gemensamma valv").Decide);
                foreach (var item in (string[])["ownAccount", "resources", "logo", "equality", "officialMailbox"]) await Step(l => l.Checks.ContainsKey(item), kim, (l, w) => new AnswerCheck(true).Decide(item, l, w));
                await Step(l => l.ActivatedAt is not null, kim, ActivateChannel.Decide);
                break;
            case "toreboda":
                await Step(l => l.Approvals.Any(a => a.Function == "ansvarig-chef"), chef, new ApproveChannel("ansvarig-chef").Decide);
                await Step(l => l.Plan is not null, kim, new WriteChannelPlan("Kommunledningskontoret", TargetGroup: "Boende", Watch: "Vardagar och söndagar", HoursPerWeek: 3, EvaluateBy: today.AddDays(120)).Decide);
                await Named("administrator", moa);
                await Step(l => l.Signatures.Count > 0, moa, new SignChannelPlan("administrator").Decide);
                break;
            case "trosa":
                await Step(l => l.Paused is not null, moa, new PauseChannel("comments-closed", "Ingen kan bevaka kanalen under ledigheten.", "Vi läser inte kommentarer just nu. Ring växeln.").Decide);
                break;
        }

        return done;

        async Task Step(Func<ChannelLife, bool> isDone, Caller by, Func<ChannelLife, ChannelWorld, Decision> decide)
        {
            if (isDone(ChannelLife.From(await log.Store.ReadStream(channel, ct: ct)))) return;
            Must(await channels.Decide(channel, default, by, decide, ct: ct));
            done++;
        }

        async Task Named(string function, Caller person)
        {
            if (ChannelLife.From(await log.Store.ReadStream(channel, ct: ct)).Administrators.Contains(new(person.PersonId, function))) return;
            Must(await administrators.Name(channel, new(person.PersonId, function, $"{function}@example.se"), default, kim, ct));
            done++;
        }
    }

    private static void Must(Outcome outcome) => DemoArchive.Must((outcome as Outcome.Refused)?.Why);
}
