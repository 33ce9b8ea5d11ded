using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Persons;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Onboarding;

public sealed class FirstAuthority
{
    public string? Code { get; set; }

    public string? Name { get; set; }

    public string? Preset { get; set; }

    public string? DiaryMode { get; set; }
}

public sealed class FirstChannel
{
    public string? Authority { get; set; }

    public string? Platform { get; set; }

    public string? NativeAccountId { get; set; }

    public string? Handle { get; set; }

    public string? Address { get; set; }

    public string? Purpose { get; set; }
}

public sealed class FirstPerson
{
    public string? Name { get; set; }

    public string? Username { get; set; }

    public string? Password { get; set; }

    public List<string> Roles { get; set; } = [];

    public string? Authority { get; set; }

    public bool Clearance { get; set; }
}

/// <summary>/kom-igang: from an empty installation to its first registered item. Each step is a command that has its own page too.</summary>
public sealed class BeginPageModel(
    Beginning beginning, AuthorityRegister authorities, PutAuthorityHandler put, ChannelList channels, RegisterChannelHandler registerChannel, PersonRegister persons, RoleWords words, LocalAccounts local) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "steg")]
    public int? Asked { get; set; }

    [BindProperty]
    public FirstAuthority First { get; set; } = new();

    [BindProperty]
    public FirstChannel Channel { get; set; } = new();

    [BindProperty]
    public FirstPerson Person { get; set; } = new();

    public Begun Begun { get; private set; } = new(false, false, false, false, false);

    /// <summary>1–5, or 6 when nothing is left and none was asked for.</summary>
    public int Step => Asked is >= 1 and <= 5 ? Asked.Value : Begun.Next;

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public IReadOnlyList<ChannelListed> Channels { get; private set; } = [];

    public static IReadOnlyList<Choice> AllPlatforms { get; } = [.. Platforms.All.Select(p => new Choice(p, ChannelsModel.PlatformName(p)))];

    public static IReadOnlyList<Choice> DiaryModes { get; } = [new("own", "Här i tjänsten", "Numret ges när handlingen registreras"), new("external", "I vårt diariesystem", "Numret ges där och skrivs in här")];

    public IReadOnlyList<Choice> RoleChoices => [.. (Step == 3 ? new[] { Role.Registrator } : [Role.Moderator, Role.Chef, Role.Kommunikator, Role.Arkivarie, Role.Revisor]).Select(role => new Choice(role.Stored(), Swedish.Sentence(Swedish.Role(role.Stored()))))];

    /// <summary>Whether people log in here with a password; elsewhere somebody else says who they are.</summary>
    public bool Passwords => local.Open;

    public static IReadOnlyList<string> Names { get; } = ["Myndighet", "Kanal", "Registrator", "Moderator och chef", "Första handlingen"];

    public RunSteps Steps => new(
        [.. Names.Select((name, nth) => new RunStep(name, Begun.Steps[nth] ? "Klart" : nth + 1 == Step ? "Nu" : "Kvar", Begun.Steps[nth] ? StepState.Done : nth + 1 == Step ? StepState.Now : StepState.Coming))], "Fem steg");

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await Show(ct) is { } no) return no;
        if (Step == 3 && Person.Roles.Count == 0) Person.Roles = [Role.Registrator.Stored()];
        return Page();
    }

    public async Task<IActionResult> OnPostMyndighet(CancellationToken ct)
    {
        Asked = 1;
        if (await Show(ct) is { } no) return no;
        var diary = string.IsNullOrEmpty(First.DiaryMode) ? null : new DiaryChoice(null, null, First.DiaryMode);
        var (authority, _, _, refused) = await put.Put(First.Code ?? "", new(First.Name, First.Preset, diary, null, null), HttpContext.Caller(), ct);
        if (refused is null) return On(Notice.Done($"{authority!.Name} är upplagd", "Nu behöver den en kanal."));
        Refuse(nameof(First), refused, refused.Code switch
        {
            "authority-code" => nameof(First.Code),
            "authority-name" => nameof(First.Name),
            "preset-unknown" => nameof(First.Preset),
            "policy-value-unknown" => nameof(First.DiaryMode),
            _ => null,
        });
        return Page();
    }

    public async Task<IActionResult> OnPostKanal(CancellationToken ct)
    {
        Asked = 2;
        if (await Show(ct) is { } no) return no;
        var command = new RegisterChannel(Channel.Authority, Channel.Platform, Channel.NativeAccountId, Channel.Handle, string.IsNullOrWhiteSpace(Channel.Address) ? null : Channel.Address, Channel.Purpose, null);
        var (_, _, refused) = await registerChannel.Register(command, HttpContext.Caller(), ct);
        if (refused is null) return On(Notice.Done("Kanalen är införd i förteckningen", "Det som skrivs där kan fångas från och med nu."));
        foreach (var error in (await new RegisterChannel.Validator().ValidateAsync(command, ct)).Errors)
            ModelState.AddModelError($"{nameof(Channel)}.{(error.PropertyName == nameof(RegisterChannel.Url) ? nameof(FirstChannel.Address) : error.PropertyName)}", error.ErrorMessage);
        if (ModelState.IsValid) Refuse(nameof(Channel), refused, null);
        return Page();
    }

    public async Task<IActionResult> OnPostPerson(int steg, CancellationToken ct)
    {
        Asked = steg == 4 ? 4 : 3;
        if (await Show(ct) is { } no) return no;
        var command = new RegisterPerson(
            Person.Name ?? "", string.IsNullOrWhiteSpace(Person.Username) ? null : Person.Username, string.IsNullOrEmpty(Person.Password) ? null : Person.Password,
            [.. Person.Roles.Select(role => new RoleAt(role, Person.Authority))], Person.Clearance);
        foreach (var error in (await new RegisterPerson.Validator().ValidateAsync(command, ct)).Errors) ModelState.AddModelError($"{nameof(Person)}.{error.PropertyName}", error.ErrorMessage);
        if (Person.Roles.Count == 0) ModelState.AddModelError($"{nameof(Person)}.{nameof(Person.Roles)}", "Välj minst en roll.");
        if (!ModelState.IsValid) return Page();
        if (await RegisterPerson.Run(command, persons, words, HttpContext.Caller(), ct) is Registered.Refused { Why: var why })
        {
            Refuse(nameof(Person), why, why.Code switch
            {
                "person-exists" or "name-unusable" => nameof(Person.Name),
                "username-taken" or "username-unusable" => nameof(Person.Username),
                "password-unusable" => nameof(Person.Password),
                _ => null,
            });
            return Page();
        }

        return On(Notice.Done($"{Person.Name} är tillagd", Asked == 4 ? "Lägg till fler under Användare när du vill." : null));
    }

    private void Refuse(string form, Refusal why, string? field) => ModelState.AddModelError(field is null ? form : $"{form}.{field}", why.Explanation);

    /// <summary>To the first step that is left.</summary>
    private LocalRedirectResult On(Notice said)
    {
        TempData.Tell(said);
        return LocalRedirect("/kom-igang");
    }

    private async Task<IActionResult?> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!Beginning.MaySee(caller)) return Forbid();
        Begun = await beginning.Read(ct);
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.May(a.Id, Role.Admin)).Select(a => new Choice(a.Code, a.Name))];
        Channels = [.. (await channels.For(caller, ct)).Where(c => c.ClosedAt is null)];
        return null;
    }
}
