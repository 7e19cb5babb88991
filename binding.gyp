# The node-gyp build of the addon. CMakeLists.txt builds the same sources with the same settings.
{
  'variables': {
    'blas_name%': '<!(node native/find-blas.mjs name)',
    'version%': '<!(node -p "require(\'./package.json\').version")',
  },
  'target_defaults': {
    'cflags_cc!': ['-fno-rtti', '-std=gnu++17'],
    'cflags_cc': ['-std=c++20', '-fvisibility=hidden', '-fvisibility-inlines-hidden', '-Wall', '-Wextra', '-Wpedantic', '-pthread'],
    'defines': ['NDEBUG'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'GCC_ENABLE_CPP_RTTI': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
    },
  },
  'targets': [
    {
      'target_name': 'adamqlr_core',
      'type': 'static_library',
      'sources': ['<!@(node -p "require(\'fs\').readFileSync(\'native/sources.txt\', \'utf8\').match(/^native.(core|cpu).*/gm).join(\' \')")'],
      'cflags_cc': ['-fno-exceptions', '-fno-math-errno'],
      'xcode_settings': {'GCC_ENABLE_CPP_EXCEPTIONS': 'NO'},
      'conditions': [
        ['blas_name!="none"', {
          'defines': ['ADAMQLR_BLAS=1'],
        }],
      ],
    },
    {
      'target_name': 'adamqlr',
      'dependencies': ['adamqlr_core'],
      'sources': ['<!@(node -p "require(\'fs\').readFileSync(\'native/sources.txt\', \'utf8\').match(/^native.addon.*/gm).join(\' \')")'],
      'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': [
        'ADAMQLR_VERSION="<(version)"',
        'NAPI_VERSION=9',
        'NODE_ADDON_API_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'cflags_cc!': ['-fno-exceptions'],
      'cflags_cc': ['-fexceptions'],
      'xcode_settings': {'GCC_ENABLE_CPP_EXCEPTIONS': 'YES'},
      'conditions': [
        ['OS=="linux"', {
          'ldflags': ['-pthread', '-Wl,-z,nodelete', '-Wl,--exclude-libs,ALL', '-Wl,-Bsymbolic'],
        }],
        ['blas_name!="none"', {
          'libraries': ['<!@(node native/find-blas.mjs libraries)'],
        }],
      ],
    },
  ],
}
